import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { createLedger } from "../../functions/budget/ledger.ts";
import { fullAccess } from "../../functions/clients/access.ts";
import { createAuthenticate } from "../../functions/clients/authenticate.ts";
import { createClient } from "../../functions/clients/client-keys.ts";
import { createFindOauth1Keys, issueOauth1Keys, type Oauth1Keys } from "../../functions/clients/oauth1-keys.ts";
import { type ConnectionStore, createConnectionStore } from "../../functions/oauth/connections.ts";
import type { HttpRequest, HttpResponse } from "../../functions/platform/http.ts";
import { createSecretStore } from "../../functions/platform/secrets.ts";
import type { StateTable } from "../../functions/platform/state-table.ts";
import { createCacheStore } from "../../functions/proxy/cache-store.ts";
import { createCaching } from "../../functions/proxy/caching.ts";
import { createMemoryCache } from "../../functions/proxy/memory-cache.ts";
import { createOauth1Door } from "../../functions/proxy/oauth1-door.ts";
import { type ProxyDependencies, proxyCall } from "../../functions/proxy/proxy.ts";
import type { CallRecord } from "../../functions/proxy/record.ts";
import { createRepeats } from "../../functions/proxy/repeats.ts";
import { createBudgetTable, createStateTable, openDynamo, openSecretsManager } from "./stores.ts";

/** What reached the upstream. */
export type Received = { method: string; url: string; headers: IncomingMessage["headers"]; body: string };

/** A proxy on real store protocols before an upstream that answers as a test wants; `reset` makes all of it new. */
export type ProxyWorld = {
  /** What reached the upstream since the last reset. */
  received: Received[];
  /** How the upstream answers; JSON and 200 unless told. */
  answer: RequestListener;
  dependencies: ProxyDependencies & { table: StateTable };
  /** The client key of the client `crm`, whose connection is `acme`; the OAuth 2.0 connection is `today`. */
  key: string;
  records: CallRecord[];
  connections: ConnectionStore;
  /** Gives the client `crm` OAuth 1.0a keys. */
  issueKeys(): Promise<Oauth1Keys>;
  /** Lets time pass for everything behind the door. */
  advance(ms: number): void;
  /** The dependencies of another process: the same stores, a memory of its own. */
  another(): ProxyWorld["dependencies"];
  request(overrides?: Partial<HttpRequest>): HttpRequest;
  call(overrides?: Partial<HttpRequest>): Promise<HttpResponse>;
  /** Units spent today; the limit is 5. */
  used(): Promise<number | undefined>;
  reset(): Promise<void>;
  close(): Promise<void>;
};

export async function openProxyWorld(): Promise<ProxyWorld> {
  const dynamo = await openDynamo();
  const secretsServer = await openSecretsManager();
  const upstream = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const { method = "", url = "", headers } = incoming;
      world.received.push({ method, url, headers, body: Buffer.concat(chunks).toString("utf8") });
      world.answer(incoming, response);
    });
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  const { port } = upstream.address() as AddressInfo;

  let ahead = 0;
  const now = () => Date.now() + ahead;
  const inMemory = (table: StateTable) => ({
    caching: createCaching({
      store: createCacheStore(table),
      memory: createMemoryCache(1_000_000),
      now,
      createId: randomUUID,
    }),
    repeats: createRepeats(table, now, randomUUID),
  });
  const world: ProxyWorld = {
    received: [],
    answer: () => undefined,
    dependencies: {} as ProxyWorld["dependencies"],
    key: "",
    records: [],
    connections: {} as ConnectionStore,
    issueKeys: () => {
      const { table } = world.dependencies;
      const secrets = createSecretStore(secretsServer.client);
      return issueOauth1Keys(table, secrets, `test/${table.name}`, "crm", now());
    },
    advance: (ms) => {
      ahead += ms;
    },
    another: () => ({ ...world.dependencies, ...inMemory(world.dependencies.table) }),
    request: (overrides = {}) => ({
      id: "request-1",
      method: "GET",
      path: "/api/auth/v1/info",
      rawQuery: "",
      cookies: {},
      body: new Uint8Array(),
      sourceIp: "127.0.0.1",
      ...overrides,
      headers: { authorization: `Bearer ${world.key}`, ...overrides.headers },
    }),
    call: (overrides) => proxyCall(world.dependencies, world.request(overrides)),
    used: async () => (await world.dependencies.ledger.read()).limits[0]?.used,
    async reset() {
      world.received = [];
      world.records = [];
      ahead = 0;
      world.answer = (_request, response) =>
        response.writeHead(200, { "content-type": "application/json" }).end('{"ok":true}');
      const table = await createStateTable(dynamo.client);
      const secrets = createSecretStore(secretsServer.client);
      const connections = createConnectionStore(table, secrets, `test/${table.name}`);
      world.connections = connections;
      const account = { reference: "1", name: "Ada", profileUrl: "" };
      await connections.save("acme", { auth: "oauth1", token: { key: "token", secret: "token-secret" } }, account, 0);
      const pair = { accessToken: "oauth2v2_0", refreshToken: "r", issuedAt: 0, expiresAt: 1e15, version: 1 };
      await connections.save("today", { auth: "oauth2", ...pair }, account, 0);
      await connections.noteStarted("begun", "oauth1");
      const client = { id: "crm", name: "CRM", connection: "acme", access: fullAccess } as const;
      world.key = (await createClient(table, client, "test")).key;
      world.dependencies = {
        table,
        authenticate: createAuthenticate(table, "test"),
        oauth1: createOauth1Door(
          table,
          createFindOauth1Keys(table, secrets, `test/${table.name}`),
          "https://gateway.example",
          now,
        ),
        application: async () => ({ key: "consumer", secret: "consumer-secret" }),
        connections: { ...connections, afterRefusal: async () => undefined },
        ledger: createLedger({
          dynamo: dynamo.client,
          tableName: await createBudgetTable(dynamo.client),
          application: "test",
          limits: [{ name: "day", quota: 5, seconds: 86_400 }],
          now,
        }),
        ...inMemory(table),
        upstream: `http://127.0.0.1:${port}`,
        upstreamTimeoutMs: 2_000,
        now,
        recordCall: async (record) => void world.records.push(record),
      };
    },
    async close() {
      upstream.closeAllConnections();
      upstream.close();
      await secretsServer.close();
      await dynamo.close();
    },
  };
  return world;
}

/** Lets the upstream say how many calls have reached it since the last reset: `{"served":1}`. */
export function countAnswers(world: ProxyWorld, headers: Record<string, string> = {}): void {
  world.answer = (_request, response) =>
    response
      .writeHead(200, { "content-type": "application/json", ...headers })
      .end(JSON.stringify({ served: world.received.length }));
}

export const bodyOf = ({ body = "" }: { body?: string | Uint8Array }) => Buffer.from(body).toString("utf8");
