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

/** The deliverer of a deployment. */
export function openDeliverer(config: Config, table: StateTable, secrets: SecretStore): Deliverer {
  return createDeliverer({
    endpoints: createEndpointStore(table),
    outbox: createOutbox(table, Date.now),
    deliveries: createDeliveryStore(table),
    send: createHttpSend({
      secrets: createEndpointSecrets(secrets, config.secretPrefix),
      post: createGuardedPost({ reach: config.webhookReach }),
      now: Date.now,
    }),
    raise: openRaiseEvent(table),
    now: Date.now,
    random: Math.random,
    log: logger,
  });
}
