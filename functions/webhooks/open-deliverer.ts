import type { Config } from "../platform/config.ts";
import { lazily } from "../platform/lazily.ts";
import { logger } from "../platform/log.ts";
import type { SecretStore } from "../platform/secrets.ts";
import type { StateTable } from "../platform/state-table.ts";
import { createHttpSend } from "./attempt.ts";
import { createDeliverer, type Deliverer } from "./deliverer.ts";
import { createDeliveryStore } from "./deliveries.ts";
import { createEndpointSecrets } from "./endpoint-secrets.ts";
import { createEndpointStore } from "./endpoints.ts";
import { busEndpoint, eventBusOf, withBus } from "./event-bus.ts";
import { createGuardedPost } from "./guarded-post.ts";
import { openRaiseEvent } from "./open-raise.ts";
import { createOutbox } from "./outbox.ts";
import { createSharedTurns, ownTurns } from "./turns.ts";
import type { WebhookServices } from "./webhook-services.ts";

/** What the admin API needs of webhooks in a deployment. */
export function openWebhookServices(config: Config, table: StateTable, secrets: SecretStore): WebhookServices {
  const endpointSecrets = createEndpointSecrets(secrets, config.secretPrefix);
  return {
    endpoints: createEndpointStore(table),
    endpointSecrets,
    deliveries: createDeliveryStore(table),
    sendNow: createHttpSend({
      secrets: endpointSecrets,
      post: createGuardedPost({ reach: config.webhookReach }),
      now: Date.now,
    }),
    webhookReach: config.webhookReach,
    eventBus: eventBusOf(),
  };
}

/** The deliverer of a deployment. */
export function openDeliverer(config: Config, table: StateTable, secrets: SecretStore): Deliverer {
  const { endpoints, deliveries, sendNow, eventBus } = openWebhookServices(config, table, secrets);
  // Most deployments have no bus.
  const sendToBus =
    eventBus === undefined ? undefined : lazily(async () => (await import("./bus-send.ts")).openBusSend(eventBus));
  const takeTurns = createSharedTurns(table);
  return createDeliverer({
    endpoints: withBus(endpoints, eventBus),
    outbox: createOutbox(table, Date.now),
    deliveries,
    send: (endpoint, event) =>
      endpoint.id === busEndpoint.id && sendToBus !== undefined ? sendToBus(endpoint, event) : sendNow(endpoint, event),
    // EventBridge has a rate of its own, and nobody behind it is called by us.
    takeTurns: (id, asked) => (id === busEndpoint.id ? ownTurns : takeTurns)(id, asked),
    raise: openRaiseEvent(table),
    now: Date.now,
    random: Math.random,
    log: logger,
  });
}
