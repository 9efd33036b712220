import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createLedger } from "../../functions/budget/ledger.ts";
import { fullAccess } from "../../functions/clients/access.ts";
import type { Credentials } from "../../functions/oauth/credentials.ts";
import { defaultShare } from "../../functions/platform/share-schema.ts";
import { createCacheStore } from "../../functions/proxy/cache-store.ts";
import { createCaching } from "../../functions/proxy/caching.ts";
import { graphqlCall } from "../../functions/proxy/graphql.ts";
import { createMemoryCache } from "../../functions/proxy/memory-cache.ts";
import { performCall } from "../../functions/proxy/pipeline.ts";

// A gateway of its own: on a word from its parent makes many identical calls at once, and says what each of them cost.
const [endpoint = "", stateTable = "", budgetTable = "", upstream = "", calls = "0", api = "rest"] =
  process.argv.slice(2);
const dynamo = new DynamoDBClient({ endpoint, maxAttempts: 1 });
const table = { dynamo, name: stateTable };
const token = { key: "token", secret: "secret" };
const pair = { accessToken: "oauth2v2_0", refreshToken: "r", issuedAt: 0, expiresAt: 1e15, version: 1 };
const dependencies = {
  application: async () => ({ key: "consumer", secret: "secret" }),
  connections: {
    credentials: async (): Promise<Credentials> =>
      api === "rest" ? { auth: "oauth1", token } : { auth: "oauth2", ...pair },
    afterRefusal: async () => undefined,
  },
  ledger: createLedger({
    dynamo,
    tableName: budgetTable,
    application: "test",
    limits: [{ name: "day", quota: 1_000, seconds: 86_400 }],
    now: Date.now,
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
const overRest = async (requestId: string) => performCall(dependencies, { client, call, waitMs: 0, requestId });
const overGraphql = (id: string) =>
  graphqlCall(
    { ...dependencies, authenticate: async () => client, findConnection: async () => undefined },
    {
      id,
      method: "POST",
      path: "/graphql",
      rawQuery: "",
      headers: { "content-type": "application/json" },
      cookies: {},
      body: Buffer.from('{"query":"{ marketplaceJobPostingsSearch { totalCount } }"}'),
      sourceIp: "127.0.0.1",
    },
  );
const made = Array.from({ length: Number(calls) }, (_, index) =>
  api === "rest" ? overRest(String(index)) : overGraphql(String(index)),
);
console.log("calling");
const results = await Promise.all(made);
console.log(
  JSON.stringify({
    cost: results.reduce((sum, { headers }) => sum + Number(headers?.["gateway-cost"]), 0),
    statuses: [...new Set(results.map(({ status }) => status))],
    bodies: [...new Set(results.map(({ body }) => Buffer.from(body ?? "").toString("utf8")))],
  }),
);
process.exit(0);
