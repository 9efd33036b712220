import { randomUUID } from "node:crypto";
import type { Config } from "../platform/config.ts";
import { logger } from "../platform/log.ts";
import type { SecretStore } from "../platform/secrets.ts";
import type { StateTable } from "../platform/state-table.ts";
import { createBehalf } from "../proxy/behalf.ts";
import { openCalls } from "../proxy/open-calls.ts";
import { openDeliverer } from "../webhooks/open-deliverer.ts";
import { openRaiseEvent } from "../webhooks/open-raise.ts";
import { createOutbox } from "../webhooks/outbox.ts";
import { createWatchCalls } from "./calls.ts";
import { createSeen } from "./seen.ts";
import { createTell } from "./tell.ts";
import { createWatchStore } from "./watch-store.ts";

/** What runs the watches of a deployment, whichever function runs them. */
export function openWatches(config: Config, table: StateTable, secrets: SecretStore) {
  const now = Date.now;
  const seen = createSeen(table, now);
  const outbox = createOutbox(table, now);
  const deliverer = openDeliverer(config, table, secrets);
  const raise = openRaiseEvent(table);
  const behalf = createBehalf({
    ...openCalls(config, { table, secrets, raise }),
    table,
    graphqlUpstream: config.graphqlUpstream,
  });
  return {
    watches: createWatchStore(table),
    seen,
    outbox,
    deliverer,
    behalf,
    calls: createWatchCalls(behalf, randomUUID),
    tell: createTell({ seen, outbox, deliverer, now, log: logger }),
    raise,
    now,
    createId: randomUUID,
  };
}
