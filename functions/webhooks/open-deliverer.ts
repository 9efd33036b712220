import type { Config } from "../platform/config.ts";
import { logger } from "../platform/log.ts";
import type { SecretStore } from "../platform/secrets.ts";
import type { StateTable } from "../platform/state-table.ts";
import { createHttpSend } from "./attempt.ts";
import { createDeliverer, type Deliverer } from "./deliverer.ts";
import { createDeliveryStore } from "./deliveries.ts";
import { createEndpointSecrets } from "./endpoint-secrets.ts";
import { createEndpointStore } from "./endpoints.ts";
import { createGuardedPost } from "./guarded-post.ts";
import { openRaiseEvent } from "./open-raise.ts";
import { createOutbox } from "./outbox.ts";
import type { WebhookServices } from "./webhook-routes.ts";

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
  };
}

/** The deliverer of a deployment. */
export function openDeliverer(config: Config, table: StateTable, secrets: SecretStore): Deliverer {
  const { endpoints, deliveries, sendNow } = openWebhookServices(config, table, secrets);
  return createDeliverer({
    endpoints,
    outbox: createOutbox(table, Date.now),
    deliveries,
    send: sendNow,
    raise: openRaiseEvent(table),
    now: Date.now,
    random: Math.random,
    log: logger,
  });
}
