import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createLedger } from "../../functions/budget/ledger.ts";
import { fullAccess } from "../../functions/clients/access.ts";
import { defaultShare } from "../../functions/platform/share-schema.ts";
import { createCacheStore } from "../../functions/proxy/cache-store.ts";
import { createCaching } from "../../functions/proxy/caching.ts";
import { createMemoryCache } from "../../functions/proxy/memory-cache.ts";
import { performCall } from "../../functions/proxy/pipeline.ts";

// A gateway of its own: on a word from its parent makes many identical calls at once, and says what each of them cost.
const [endpoint = "", stateTable = "", budgetTable = "", upstream = "", calls = "0"] = process.argv.slice(2);
const dynamo = new DynamoDBClient({ endpoint, maxAttempts: 1 });
const table = { dynamo, name: stateTable };
const dependencies = {
  application: async () => ({ key: "consumer", secret: "secret" }),
  connections: {
    credentials: async () => ({ auth: "oauth1", token: { key: "token", secret: "secret" } }) as const,
    afterRefusal: async () => undefined,
  },
  ledger: createLedger({
    dynamo,
    tableName: budgetTable,
    application: "test",
    limits: [{ name: "day", quota: 1_000, seconds: 86_400 }],
    now: Date.now,
    createId: randomUUID,
  }),
  caching: createCaching({
    store: createCacheStore(table),
    memory: createMemoryCache(1_000_000),
    now: Date.now,
    createId: randomUUID,
  }),
  upstream,
  upstreamTimeoutMs: 20_000,
  now: Date.now,
};
const client = {
  id: "crm",
  name: "CRM",
  connection: "acme",
  access: fullAccess,
  share: defaultShare,
  checks: true,
} as const;
const call = {
  method: "GET",
  path: "/api/profiles/v2/search/jobs",
  query: [["q", "node.js"]] as const,
  body: { form: [] },
  headers: {},
  connection: "acme",
};

console.log("ready");
await once(process.stdin, "data");
const made = Array.from({ length: Number(calls) }, (_, index) =>
  performCall(dependencies, { client, call, waitMs: 0, requestId: String(index) }),
);
console.log("calling");
const results = await Promise.all(made);
console.log(
  JSON.stringify({
    cost: results.reduce((sum, { record }) => sum + record.cost, 0),
    statuses: [...new Set(results.map(({ response }) => response.status))],
    bodies: [...new Set(results.map(({ response }) => Buffer.from(response.body ?? "").toString("utf8")))],
  }),
);
process.exit(0);
