import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { directCall } from "../../../functions/proxy/direct.ts";
import { isDirectCall } from "../../../functions/proxy/is-direct-call.ts";
import { openProxyWorld, type ProxyWorld } from "../../support/proxy-world.ts";

let world: ProxyWorld;

beforeAll(async () => {
  world = await openProxyWorld();
});
afterAll(() => world.close());
beforeEach(() => world.reset());

const eventOf = (detail: Record<string, unknown>) => ({ source: "upwork-gateway", "detail-type": "call", detail });
const direct = (detail: Record<string, unknown>) => directCall(world.dependencies, eventOf(detail), "event-1");

test("a direct call is signed, sent and answered as one over HTTP", async () => {
  const query = { q: "a b~&", skills: ["x", "y"] };
  const response = await direct({ client: "crm", path: "/api/profiles/v2/search/jobs", query });
  expect(response).toMatchObject({ status: 200, headers: { "gateway-cost": "1" } });
  expect(world.received).toMatchObject([
    { method: "GET", url: "/api/profiles/v2/search/jobs?q=a%20b~%26&skills=x&skills=y" },
  ]);
  expect(world.records).toMatchObject([{ client: "crm", connection: "acme", requestId: "event-1" }]);
});

test("its body goes as JSON, its form as a form", async () => {
  await direct({ client: "crm", method: "post", path: "/api/hr/v2/jobs", body: { title: "ü" } });
  await direct({ client: "crm", method: "POST", path: "/api/hr/v2/jobs", form: { title: "a b" } });
  expect(world.received).toMatchObject([
    { method: "POST", body: '{"title":"ü"}', headers: { "content-type": "application/json" } },
    { method: "POST", body: "title=a%20b", headers: { "content-type": "application/x-www-form-urlencoded" } },
  ]);
});

test("its path is taken as it stands in a URL, and guarded like any other", async () => {
  await direct({ client: "crm", path: "/api/profiles/v1/jobs/%7E01a;~01b" });
  expect(world.received[0]?.url).toBe("/api/profiles/v1/jobs/~01a;~01b");
  await expect(direct({ client: "crm", path: "/api/%2e%2e/x" })).rejects.toMatchObject({ kind: "path-refused" });
  await expect(direct({ client: "crm", path: "/api/%zz" })).rejects.toMatchObject({ kind: "path-refused" });
});

test("it may name its connection and its headers", async () => {
  const refused = direct({ client: "crm", connection: "begun", path: "/api/auth/v1/info" });
  await expect(refused).rejects.toMatchObject({ kind: "connection-not-connected" });
  const headers = { "X-Upwork-API-TenantId": "42" };
  await direct({ client: "crm", path: "/api/auth/v1/info", headers });
  expect(world.received[0]?.headers["x-upwork-api-tenantid"]).toBe("42");
});

test("an event that is delivered twice writes once, unless it brings a key of its own", async () => {
  const deliver = (detail: Record<string, unknown>) =>
    directCall(world.dependencies, { ...eventOf({ client: "crm", ...detail }), id: "2b3c-1" }, "event-1");
  const write = { method: "POST", path: "/api/hr/v2/jobs", form: { title: "a" } };
  expect(await deliver(write)).toMatchObject({ status: 200, headers: { "gateway-cost": "1" } });
  const again = await deliver(write);
  expect(again).toMatchObject({ status: 200, headers: { "gateway-cost": "0", "idempotent-replayed": "true" } });
  expect(world.received).toHaveLength(1);
  await deliver({ ...write, headers: { "Idempotency-Key": "own" } });
  expect(world.received).toHaveLength(2);
  for (let count = 0; count < 2; count += 1) await deliver({ path: "/api/auth/v1/info" });
  expect(world.received).toHaveLength(4);
});

test.each([
  ["without a client", { path: "/api/auth/v1/info" }, "detail.client"],
  ["of an unknown client", { client: "nobody", path: "/api/auth/v1/info" }, '"nobody"'],
  [
    "with a parameter that is no text",
    { client: "crm", path: "/api/auth/v1/info", query: { a: 1 } },
    "a text or a list",
  ],
  ["with half a character", { client: "crm", path: "/api/auth/v1/info", query: { a: "\ud800" } }, "a text or a list"],
  [
    "with half a character in a name",
    { client: "crm", path: "/api/auth/v1/info", form: { "\ud800": "a" } },
    "detail.form",
  ],
  ["with half a character in its path", { client: "crm", path: "/api/\ud800" }, "detail.path"],
  ["with a member that means nothing", { client: "crm", path: "/api/auth/v1/info", url: "x" }, "detail"],
])("an event %s is refused and costs nothing", async (_name, detail, named) => {
  await expect(direct(detail)).rejects.toMatchObject({
    kind: "event-refused",
    message: expect.stringContaining(named),
  });
  expect(world.received).toHaveLength(0);
});

test("no HTTP API event passes for a direct call", () => {
  expect(isDirectCall(eventOf({}))).toBe(true);
  expect(isDirectCall({ ...eventOf({}), requestContext: { http: {} } })).toBe(false);
  expect(isDirectCall({ source: "aws.events" })).toBe(false);
  expect(isDirectCall(null)).toBe(false);
});
