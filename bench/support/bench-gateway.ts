import { randomUUID } from "node:crypto";
import type { Context } from "aws-lambda";
import { createLedger } from "../../functions/budget/ledger.ts";
import { storeClock } from "../../functions/budget/store-clock.ts";
import { fullAccess } from "../../functions/clients/access.ts";
import { createAuthenticate } from "../../functions/clients/authenticate.ts";
import { createClient } from "../../functions/clients/client-keys.ts";
import { createCounterDynamo, createDynamo } from "../../functions/platform/aws.ts";
import { logger } from "../../functions/platform/log.ts";
import { httpFunction } from "../../functions/platform/middleware.ts";
import { createCacheStore } from "../../functions/proxy/cache-store.ts";
import { createCaching } from "../../functions/proxy/caching.ts";
import { createMemoryCache } from "../../functions/proxy/memory-cache.ts";
import { proxyCall } from "../../functions/proxy/proxy.ts";
import { createTables } from "../../local/dynamodb.ts";

// The peer writes no logs either.
logger.setLogLevel("SILENT");

/** The windows that both sides keep: Upwork's, with quotas that a bench does not reach. */
export const benchLimits = [
  { name: "second", quota: 1_000_000, seconds: 1 },
  { name: "minute", quota: 10_000_000, seconds: 60 },
  { name: "day", quota: 100_000_000, seconds: 86_400 },
] as const;
export const benchKeys = { consumer: { key: "consumer", secret: "secret" }, token: { key: "token", secret: "secret" } };

/** The proxy function with the clients it has in Lambda, on an embedded DynamoDB, with tables of its own, and a client's key. The call log is off: peers keep none. */
export async function openBenchGateway(dynamoUrl: string, upstream: string) {
  const names = { budget: `budget-${randomUUID()}`, state: `state-${randomUUID()}` };
  process.env.AWS_ENDPOINT_URL_DYNAMODB = dynamoUrl;
  const dynamo = createDynamo();
  const counter = createCounterDynamo();
  await createTables(dynamo, names);
  const table = { dynamo, name: names.state };
  const client = { id: "bench", name: "Bench", connection: "bench", access: fullAccess };
  const { key } = await createClient(table, client, "test");
  const dependencies = {
    authenticate: createAuthenticate(table, "test"),
    oauth1: () => Promise.reject(new Error("No call of this bench is signed.")),
    application: async () => benchKeys.consumer,
    connections: {
      credentials: async () => ({ auth: "oauth1", token: benchKeys.token }) as const,
      forget: () => undefined,
      afterRefusal: async () => undefined,
    },
    ledger: createLedger({
      dynamo: counter,
      clock: storeClock(counter),
      tableName: names.budget,
      application: "bench",
      limits: benchLimits,
      now: Date.now,
    }),
    caching: createCaching({
      store: createCacheStore(table),
      memory: createMemoryCache(8_000_000),
      now: Date.now,
      createId: randomUUID,
    }),
    upstream,
    upstreamTimeoutMs: 20_000,
    now: Date.now,
  };
  const handle = httpFunction((request) => proxyCall(dependencies, request));
  const handler = (event: never, context: Context) => handle(event, context);
  return { key, handler, dependencies, counter, budgetTable: names.budget };
}
