import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createLedger, type Ledger } from "../../../functions/budget/ledger.ts";
import { fullAccess, readOnlyAccess } from "../../../functions/clients/access.ts";
import type { Client } from "../../../functions/clients/clients.ts";
import { createTokenKeeper } from "../../../functions/oauth/token-keeper.ts";
import type { HttpResponse } from "../../../functions/platform/http.ts";
import { defaultShare } from "../../../functions/platform/share-schema.ts";
import { type GraphqlDependencies, graphqlCall } from "../../../functions/proxy/graphql.ts";
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
    createId: randomUUID,
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
