import { randomUUID } from "node:crypto";
import { openLedger } from "../budget/open-ledger.ts";
import { createCallLog } from "../clients/call-log.ts";
import { readOauth1Application } from "../oauth/application.ts";
import { type Connection, createConnectionStore } from "../oauth/connections.ts";
import { createLogDynamo } from "../platform/aws.ts";
import type { Config } from "../platform/config.ts";
import type { RaiseEvent } from "../platform/events.ts";
import { lazily } from "../platform/lazily.ts";
import type { SecretStore } from "../platform/secrets.ts";
import type { StateTable } from "../platform/state-table.ts";
import { createCacheStore } from "./cache-store.ts";
import { createCaching } from "./caching.ts";
import { createMemoryCache } from "./memory-cache.ts";
import { openTokenKeeper } from "./open-tokens.ts";
import type { CallDependencies } from "./pipeline.ts";

/** A small part of the function's memory, for the answers asked for most. */
const memoryCacheBytes = 32_000_000;

export type OpenCalls = CallDependencies & { findConnection: (name: string) => Promise<Connection | undefined> };

/** What makes calls of the REST API in a deployment, whichever function makes them. */
export function openCalls(
  config: Config,
  { table, secrets, raise }: { table: StateTable; secrets: SecretStore; raise: RaiseEvent },
): OpenCalls {
  const ledger = openLedger(config, raise);
  const connections = createConnectionStore(table, secrets, config.secretPrefix);
  return {
    application: () => readOauth1Application(secrets, config.secretPrefix),
    connections: openTokenKeeper(config, { table, secrets, connections, ledger, raise }),
    findConnection: connections.find,
    ledger,
    caching: createCaching({
      store: createCacheStore(table),
      memory: createMemoryCache(memoryCacheBytes),
      now: Date.now,
      createId: randomUUID,
    }),
    repeats: {
      once: lazily(async () => (await import("./seldom.ts")).createRepeats(table, Date.now, randomUUID).once),
    },
    upstream: config.upstream,
    upstreamTimeoutMs: config.upstreamTimeoutMs,
    now: Date.now,
    recordCall: createCallLog({ dynamo: createLogDynamo(), name: config.stateTable }, config.callLogDays).record,
  };
}
