import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createLedger, type Ledger } from "../../../functions/budget/ledger.ts";
import { fullAccess, readOnlyAccess } from "../../../functions/clients/access.ts";
import type { Client } from "../../../functions/clients/clients.ts";
import { createTokenKeeper } from "../../../functions/oauth/token-keeper.ts";
import type { HttpResponse } from "../../../functions/platform/http.ts";
import { defaultShare } from "../../../functions/platform/share-schema.ts";
import { createCacheStore } from "../../../functions/proxy/cache-store.ts";
import { createCaching } from "../../../functions/proxy/caching.ts";
import { type GraphqlDependencies, graphqlCall } from "../../../functions/proxy/graphql.ts";
import { createMemoryCache } from "../../../functions/proxy/memory-cache.ts";
import type { CallRecord } from "../../../functions/proxy/record.ts";
import { createRepeats } from "../../../functions/proxy/repeats.ts";
import { adaWithTwoTenants, sendJson } from "../../support/graphql-upstream.ts";
import { connectOauth2, type Oauth2World, openOauth2World, tokenPath } from "../../support/oauth2-world.ts";
import { createBudgetTable } from "../../support/stores.ts";

let world: Oauth2World;
let dependencies: GraphqlDependencies;
let ledger: Ledger;
let client: Client;
let records: CallRecord[];

beforeAll(async () => {
  world = await openOauth2World();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.reset();
  // The upstream takes a token as long as the sandbox's provider does.
  world.graphql.answer = ({ headers }, response) => {
    const token = headers.authorization?.replace("Bearer ", "") ?? "";
    const isAlive = world.sandbox.oauth2Tokens.find(token, world.clock) !== undefined;
    sendJson(
      response,
      isAlive ? { data: adaWithTwoTenants } : { message: "Authentication failed" },
      isAlive ? 200 : 401,
    );
  };
  await connectOauth2(world, "acme");
  world.graphql.received = [];
  records = [];
  client = { id: "crm", name: "CRM", connection: "acme", access: readOnlyAccess, share: defaultShare, checks: true };
  ledger = createLedger({
    dynamo: world.table.dynamo,
    tableName: await createBudgetTable(world.table.dynamo),
    application: "test",
    limits: [{ name: "day", quota: 5, seconds: 86_400 }],
    now: () => world.clock,
  });
  const lambda = world.another();
  dependencies = {
    authenticate: async () => client,
    application: () => Promise.reject(new Error("not asked for")),
    connections: createTokenKeeper(lambda),
    findConnection: lambda.connections.find,
    ledger,
    upstream: world.graphql.url,
    upstreamTimeoutMs: 2_000,
    now: () => world.clock,
    recordCall: async (record) => void records.push(record),
  };
});

const userQuery = { query: "query { user { id } }" };
function call(body: unknown = userQuery, headers: Record<string, string> = {}): Promise<HttpResponse> {
  return graphqlCall(dependencies, {
    id: "request-1",
    method: "POST",
    path: "/graphql",
    rawQuery: "",
    headers: { "content-type": "application/json", ...headers },
    cookies: {},
    body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
    sourceIp: "127.0.0.1",
  });
}
const json = ({ body }: HttpResponse) => JSON.parse(Buffer.from(body ?? "").toString("utf8"));
const used = async () => (await ledger.read()).limits[0]?.used;

describe("a query", () => {
  test("goes out with the connection's token and default organisation, and comes back unchanged", async () => {
    const response = await call({
      query: "query Me($x: ID) { user { id } }",
      variables: { x: "1" },
      operationName: "Me",
    });
    expect(response).toMatchObject({ status: 200, headers: { "gateway-cost": "1", "gateway-attempts": "1" } });
    expect(json(response)).toEqual({ data: adaWithTwoTenants });
    expect(response.headers).not.toHaveProperty("gateway-advice");
    const [received] = world.graphql.received;
    expect(received?.body).toEqual({
      query: "query Me($x: ID) { user { id } }",
      operationName: "Me",
      variables: { x: "1" },
    });
    expect(received?.headers).toMatchObject({
      authorization: expect.stringMatching(/^Bearer oauth2v2_/),
      "x-upwork-api-tenantid": "1001",
      "content-type": "application/json",
    });
    expect(await used()).toBe(1);
  });

  test("names another organisation where the caller does", async () => {
    await call(userQuery, { "x-upwork-api-tenantid": "1002" });
    expect(world.graphql.received[0]?.headers["x-upwork-api-tenantid"]).toBe("1002");
  });

  test("carries none of the caller's own credentials", async () => {
    await call(userQuery, { authorization: "Bearer ugw_test_key", "x-api-key": "ugw_test_key", cookie: "a=b" });
    const [received] = world.graphql.received;
    expect(JSON.stringify(received?.headers)).not.toContain("ugw_test_key");
    expect(received?.headers).not.toHaveProperty("cookie");
  });

  test("is recorded with what it asks for, and no value of it", async () => {
    await call({ query: 'query { user(id: "secret-1") { id } organization { id } }' });
    expect(records).toMatchObject([
      { client: "crm", connection: "acme", method: "POST", path: "/graphql", status: 200, cost: 1, attempts: 1 },
    ]);
    expect(records[0]?.operation).toBe("query user, organization");
  });
});

describe("a refusal", () => {
  const mutation = { query: "mutation { createRoomV2 { id } }" };
  test.each([
    ["a mutation of a client that may only read", mutation, {}, "client-not-allowed"],
    ["a document that does not parse", { query: "query {" }, {}, "graphql-refused"],
    ["several operations without a name", { query: "query A { a } query B { b }" }, {}, "graphql-refused"],
    ["another's connection", userQuery, { "connection-id": "other" }, "client-not-allowed"],
    ["a tenant that cannot be sent", userQuery, { "x-upwork-api-tenantid": "→" }, "parameters-refused"],
    ["what cannot be a connection", userQuery, { "connection-id": "A/B" }, "connection-unknown"],
  ])("of %s sends and spends nothing", async (_name, body, headers, kind) => {
    await expect(call(body, headers)).rejects.toMatchObject({
      kind,
      headers: { ratelimit: expect.stringMatching(/^"day";r=5/) },
    });
    expect(world.graphql.received).toHaveLength(0);
    expect(await used()).toBe(0);
  });

  test("of a client without GraphQL, of an unknown connection and of an OAuth 1.0a one", async () => {
    client = { ...client, access: { ...fullAccess, graphql: false } };
    await expect(call()).rejects.toMatchObject({ kind: "client-not-allowed" });
    client = { ...client, access: fullAccess };
    await expect(call(userQuery, { "connection-id": "nobody" })).rejects.toMatchObject({ kind: "connection-unknown" });
    const account = { reference: "1", name: "Ada", profileUrl: "" };
    await world.connections.save("old", { auth: "oauth1", token: { key: "k", secret: "s" } }, account, 0);
    await expect(call(userQuery, { "connection-id": "old" })).rejects.toMatchObject({ kind: "connection-unfit" });
    expect(await used()).toBe(0);
    expect(records.map(({ problem }) => problem)).toEqual([
      "client-not-allowed",
      "connection-unknown",
      "connection-unfit",
    ]);
  });

  test("of the sixth call in a day of five says when to come back", async () => {
    for (let count = 0; count < 5; count += 1) await call();
    await expect(call()).rejects.toMatchObject({ kind: "quota-exceeded", status: 429 });
  });
});

test("a client with the right to change things sends mutations", async () => {
  client = { ...client, access: fullAccess };
  expect((await call({ query: "mutation { createRoomV2 { id } }" })).status).toBe(200);
  expect(records[0]?.operation).toBe("mutation createRoomV2");
});

describe("a token that Upwork takes no longer", () => {
  const revoke = async () => {
    const credentials = await world.connections.credentials("acme");
    if (credentials.auth !== "oauth2") throw new Error(credentials.auth);
    world.sandbox.oauth2Tokens.revoke(credentials.accessToken, "key");
    return credentials;
  };

  test("is replaced once, and the call repeated, for a unit each", async () => {
    world.clock += 3_600_000;
    await revoke();
    const response = await call();
    expect(response).toMatchObject({ status: 200, headers: { "gateway-cost": "2", "gateway-attempts": "2" } });
    expect(world.graphql.received).toHaveLength(2);
    expect(await used()).toBe(2);
  });

  test("is replaced for a mutation too: Upwork refuses before it acts", async () => {
    client = { ...client, access: fullAccess };
    world.clock += 3_600_000;
    await revoke();
    expect((await call({ query: "mutation { createRoomV2 { id } }" })).status).toBe(200);
  });

  test("and that cannot be replaced is a 401 that says what to do, and no loop", async () => {
    world.clock += 3_600_000;
    const { refreshToken = "" } = await revoke();
    world.sandbox.oauth2Tokens.revoke(refreshToken, "key");
    const before = world.sandbox.received.get(tokenPath) ?? 0;
    for (let count = 0; count < 3; count += 1) {
      expect(await call()).toMatchObject({
        status: 401,
        headers: {
          "gateway-advice": expect.stringContaining("open /oauth/start?connection=acme"),
          "gateway-cost": "1",
        },
      });
    }
    expect(world.sandbox.received.get(tokenPath)).toBe(before + 1);
    expect(world.events.map(({ type }) => type)).toEqual(["connection.needs_reauth"]);
  });

  test("is a 401 as it came where the budget admits no second call", async () => {
    for (let count = 0; count < 4; count += 1) await call();
    world.clock += 3_600_000;
    await revoke();
    expect(await call()).toMatchObject({ status: 401, headers: { "gateway-cost": "1" } });
  });

  test("at its end is renewed before anything is sent", async () => {
    world.clock += 86_400_000;
    expect(await call()).toMatchObject({ status: 200, headers: { "gateway-cost": "1" } });
    expect(world.graphql.received).toHaveLength(1);
  });
});

describe("what Upwork says besides data", () => {
  const scope = {
    errors: [
      {
        message:
          "The client or authentication token doesn't have enough oauth2 permissions/scopes to access: [Money.rawValue].",
        extensions: { classification: "ExecutionAborted" },
      },
    ],
  };

  test("in errors inside a 200 stays as it is, with advice beside it", async () => {
    world.graphql.answer = (_request, response) => void sendJson(response, scope);
    const response = await call();
    expect(response.status).toBe(200);
    expect(json(response)).toEqual(scope);
    expect(response.headers?.["gateway-advice"]).toContain("permission for Money.rawValue");
    expect(records).toMatchObject([{ status: 200 }]);
    expect(records[0]).not.toHaveProperty("problem");
  });

  test.each([403, 200])("as a page with status %i passes with advice, and counts as trouble", async (status) => {
    const page = "<!DOCTYPE html><title>Just a moment...</title>";
    world.graphql.answer = (_request, response) =>
      void response.writeHead(status, { "content-type": "text/html" }).end(page);
    const response = await call();
    expect(response).toMatchObject({
      status,
      headers: { "content-type": "text/html", "gateway-advice": expect.stringContaining("web tier") },
    });
    expect(Buffer.from(response.body ?? "").toString("utf8")).toBe(page);
    expect(records).toMatchObject([{ status, problem: "upstream-answer-refused", cost: 1 }]);
  });

  test("with 429 closes the gate for everybody", async () => {
    world.graphql.answer = (_request, response) => void response.writeHead(429).end("Too Many Requests");
    expect((await call()).status).toBe(429);
    await expect(call()).rejects.toMatchObject({ kind: "upstream-cooldown" });
  });

  test("with 502 is asked again for a query, and never for a mutation", async () => {
    client = { ...client, access: fullAccess };
    world.graphql.answer = (_request, response) => void sendJson(response, { message: "bad gateway" }, 502);
    expect(await call()).toMatchObject({ status: 502, headers: { "gateway-attempts": "2" } });
    expect(await call({ query: "mutation { x }" })).toMatchObject({
      status: 502,
      headers: { "gateway-attempts": "1" },
    });
  });
});

test("a mutation has one effect for each Idempotency-Key, and a query needs none", async () => {
  dependencies.repeats = createRepeats(world.table, () => world.clock, randomUUID);
  client = { ...client, access: fullAccess };
  const mutation = { query: "mutation { createRoomV2 { id } }" };
  const first = await call(mutation, { "idempotency-key": "k1" });
  expect(first.headers).not.toHaveProperty("idempotent-replayed");
  const again = await call(mutation, { "idempotency-key": "k1" });
  expect(again.headers).toMatchObject({ "idempotent-replayed": "true", "gateway-cost": "0" });
  expect(json(again)).toEqual(json(first));
  expect(world.graphql.received).toHaveLength(1);
  const other = call({ query: "mutation { archiveRoom { id } }" }, { "idempotency-key": "k1" });
  await expect(other).rejects.toMatchObject({ kind: "idempotency-key-reused", status: 422 });
  await call(userQuery, { "idempotency-key": "k2" });
  expect((await call(userQuery, { "idempotency-key": "k2" })).headers).toMatchObject({ "gateway-cost": "1" });
});

test("a query is sent once more after 503, a mutation only where its caller asks for it", async () => {
  client = { ...client, access: fullAccess };
  world.graphql.answer = (_request, response) => {
    const isWell = world.graphql.received.length % 2 === 0;
    sendJson(response, { data: { ok: isWell } }, isWell ? 200 : 503);
  };
  expect(await call()).toMatchObject({ status: 200, headers: { "gateway-attempts": "2" } });
  const mutation = { query: "mutation { archiveRoom { id } }" };
  expect(await call(mutation, { "gateway-retries": "1" })).toMatchObject({ status: 200 });
  expect(await call(mutation)).toMatchObject({ status: 503, headers: { "gateway-attempts": "1" } });
});

test("a query's caller can do without a repetition", async () => {
  world.graphql.answer = (_request, response) => sendJson(response, {}, 503);
  expect(await call(userQuery, { "gateway-retries": "0" })).toMatchObject({
    status: 503,
    headers: { "gateway-attempts": "1" },
  });
  await expect(call(userQuery, { "gateway-retries": "4" })).rejects.toMatchObject({ kind: "parameters-refused" });
});

test("what it took to get a token is a part of the call's time", async () => {
  world.graphql.answer = (_request, response) => sendJson(response, {}, 503);
  const { connections } = dependencies;
  dependencies.connections = {
    ...connections,
    credentials: async (name) => {
      world.clock += 26_000;
      return connections.credentials(name);
    },
  };
  expect(await call()).toMatchObject({ status: 503, headers: { "gateway-attempts": "1" } });
});

test("nobody waits for budget longer than the call has time", async () => {
  const { reserve } = ledger;
  const waits: unknown[] = [];
  dependencies.ledger = {
    ...ledger,
    reserve: (asked) => {
      waits.push(asked.waitMs);
      world.clock += 20_000;
      return reserve({ ...asked, waitMs: 0 });
    },
  };
  world.graphql.answer = (_request, response) => sendJson(response, {}, 200);
  const { connections } = dependencies;
  dependencies.connections = {
    ...connections,
    credentials: async (name) => {
      world.clock += 15_000;
      return connections.credentials(name);
    },
  };
  await call(userQuery, { prefer: "wait=20" });
  await call(userQuery, { prefer: "wait=5" });
  expect(waits).toEqual([11_000, 5_000]);
});

test("a 401 that came late stands, for nobody waits longer for a new token than the caller has time", async () => {
  world.graphql.answer = (_request, response) => {
    world.clock += 19_000;
    sendJson(response, {}, 401);
  };
  world.clock += 3_600_000;
  expect(await call()).toMatchObject({ status: 401, headers: { "gateway-attempts": "1", "gateway-cost": "1" } });
  expect(await used()).toBe(1);
});

test("a mutation is no answer to who wants only what is cached", async () => {
  client = { ...client, access: fullAccess };
  const mutation = call({ query: "mutation { archiveRoom { id } }" }, { "cache-control": "only-if-cached" });
  await expect(mutation).rejects.toMatchObject({ kind: "not-cached" });
  expect(world.graphql.received).toHaveLength(0);
});

describe("a query that may be cached", () => {
  const skills = {
    query: "query S($n: Int!) { ontologySkills(limit: $n) { id } regions { id } }",
    variables: { n: 1 },
  };
  const search = { query: "{ marketplaceJobPostingsSearch { totalCount } }" };
  const minuteMs = 60_000;

  beforeEach(() => {
    dependencies.caching = cachingOfAProcess();
    world.graphql.answer = (_request, response) =>
      void sendJson(response, { data: { count: world.graphql.received.length } });
  });
  const cachingOfAProcess = () =>
    createCaching({
      store: createCacheStore(world.table),
      memory: createMemoryCache(1_000_000),
      now: () => world.clock,
      createId: randomUUID,
    });
  const status = ({ headers }: HttpResponse) => headers?.["cache-status"]?.replace("upwork-gateway; ", "");
  const answered = () => world.graphql.received.length;

  test("costs once, with its age, whatever its layout and the process it comes to", async () => {
    expect(status(await call(skills))).toBe("fwd=uri-miss; stored");
    world.clock += 10_000;
    const laidOut = { ...skills, query: skills.query.replaceAll(" ", "\n  ").replace("{", "{ # skills\n") };
    const again = await call(laidOut);
    expect(again).toMatchObject({ status: 200, headers: { "gateway-cost": "0", age: "10" } });
    expect(status(again)).toBe("hit; ttl=43190");
    dependencies.caching = cachingOfAProcess();
    expect(json(await call(skills))).toEqual({ data: { count: 1 } });
    expect(await used()).toBe(1);
    expect(records.map(({ cache, cost }) => [cache, cost])).toEqual([
      ["miss", 1],
      ["hit", 0],
      ["hit", 0],
    ]);
  });

  test("is another with other variables, organisation, connection or name", async () => {
    await call(skills);
    await call({ ...skills, variables: { n: 2 } });
    await call(skills, { "x-upwork-api-tenantid": "1002" });
    await call({ ...skills, operationName: "S" });
    expect(answered()).toBe(4);
    await connectOauth2(world, "other");
    client = { ...client, access: { ...client.access, connections: ["*"] } };
    world.graphql.received = [];
    await call(skills, { "connection-id": "other" });
    expect(answered()).toBe(1);
  });

  test("is not its organisation's any more once another is the connection's default", async () => {
    await call(skills);
    await world.connections.chooseTenant("acme", "1002", "1001");
    await call(skills);
    expect(answered()).toBe(2);
  });

  test("is asked again when its time is over, a search sooner than a list", async () => {
    for (const query of [search, skills]) await call(query);
    world.clock += minuteMs;
    expect(status(await call(search))).toBe("fwd=stale; stored");
    expect(status(await call(skills))).toMatch(/^hit/);
  });

  test("has an entity tag, and is not sent again to who has it", async () => {
    const { headers } = await call(skills);
    const known = await call(skills, { "if-none-match": headers?.etag ?? "" });
    expect(known).toMatchObject({ status: 304, body: "", headers: { "gateway-cost": "0" } });
  });

  test("is asked, kept or refused as Cache-Control says", async () => {
    const wish = (text: string, query: unknown = skills) => call(query, { "cache-control": text });
    await expect(wish("only-if-cached")).rejects.toMatchObject({ kind: "not-cached", status: 504 });
    await expect(wish("only-if-cached", userQuery)).rejects.toMatchObject({ kind: "not-cached" });
    expect(await used()).toBe(0);
    await call(skills);
    expect(status(await wish("no-store"))).toBe("fwd=request");
    expect(json(await call(skills))).toEqual({ data: { count: 1 } });
    expect(status(await wish("no-cache"))).toBe("fwd=request; stored");
    expect(json(await call(skills))).toEqual({ data: { count: 3 } });
    world.clock += 10_000;
    expect(status(await wish("max-age=5"))).toBe("fwd=stale; stored");
  });

  test("is answered stale, marked, when the budget is used up, if the caller takes that", async () => {
    await call(search);
    while (((await used()) ?? 0) < 5) await call();
    world.clock += minuteMs + 5_000;
    const stale = await call(search);
    expect(stale).toMatchObject({ status: 200, headers: { age: "65", "gateway-cost": "0" } });
    expect(status(stale)).toBe("hit; ttl=-5; detail=quota-exceeded");
    const refused = call(search, { "cache-control": "stale-if-error=0" });
    await expect(refused).rejects.toMatchObject({ kind: "quota-exceeded" });
  });

  test("is one call for all who ask at the same time, in two processes", async () => {
    const { promise: bothAsk, resolve: release } = Promise.withResolvers<void>();
    world.graphql.answer = async (_request, response) => {
      await bothAsk;
      sendJson(response, { data: { skills: [] } });
    };
    const here = Array.from({ length: 10 }, () => call(skills));
    dependencies = { ...dependencies, caching: cachingOfAProcess() };
    const there = Array.from({ length: 10 }, () => call(skills));
    release();
    const answers = await Promise.all([...here, ...there]);
    expect(answered()).toBe(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(answers.map(({ headers }) => headers?.["gateway-cost"]).filter((cost) => cost !== "0")).toEqual(["1"]);
    expect(await used()).toBe(1);
  });

  test.each<[string, number, string, string]>([
    ["errors beside data", 200, "application/json", '{"data":{"regions":[]},"errors":[{"message":"x"}]}'],
    ["errors alone", 200, "application/json", '{"errors":[{"message":"x"}]}'],
    ["data that is null", 200, "application/json", '{"data":null}'],
    ["something else in JSON", 200, "application/json", '{"message":"Service temporarily unavailable"}'],
    ["a page", 200, "text/html", "<!DOCTYPE html>"],
    ["a page under the name of JSON", 200, "application/json", "<!DOCTYPE html>"],
    ["a failure", 500, "application/json", '{"data":{}}'],
  ])("is not kept where the answer is %s", async (_name, code, type, body) => {
    world.graphql.answer = (_request, response) => void response.writeHead(code, { "content-type": type }).end(body);
    expect(status(await call(skills))).toBe("fwd=uri-miss");
    await call(skills);
    expect(answered()).toBe(2);
  });

  test.each([
    ["messages", "{ roomList { totalCount } }"],
    ["finance", "{ transactionHistory { id } }"],
    ["what nobody knows", "{ somethingNew }"],
    ["a list together with messages", "{ regions { id } roomList { totalCount } }"],
    ["messages in a fragment", "{ regions { id } ...F } fragment F on Query { roomList { totalCount } }"],
    ["a name that every object has", "{ constructor }"],
  ])("is not one for %s", async (_name, query) => {
    await call({ query });
    expect(status(await call({ query }))).toBe("fwd=bypass");
    expect(answered()).toBe(2);
  });

  test("is no mutation, whatever its name", async () => {
    client = { ...client, access: fullAccess };
    for (let count = 0; count < 2; count += 1) {
      expect(status(await call({ query: "mutation { regions { id } }" }))).toBe("fwd=method");
    }
    expect(answered()).toBe(2);
  });
});

test("a document is read for a client whose checks are off, too: what it asks for decides what it may", async () => {
  client = { ...client, checks: false };
  await expect(call({ query: "query {" })).rejects.toMatchObject({ kind: "graphql-refused" });
  await expect(call({ query: "mutation { x }" })).rejects.toMatchObject({ kind: "client-not-allowed" });
  expect(await used()).toBe(0);
});
