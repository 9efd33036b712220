import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectThroughConsent } from "../../../local/connect-through-consent.ts";
import { type Stack, startStack } from "../../support/stack.ts";

// The admin API from end to end: the functions as they are deployed, behind HTTP.
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ limits: '[{"name":"day","quota":10000,"seconds":86400}]' });
});
afterAll(() => stack.close());

type Json = Record<string, unknown>;
async function admin(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(stack.url + path, {
    method,
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: (text === "" ? {} : JSON.parse(text)) as Json };
}

describe("a connect link", () => {
  const open = (url: string, cookie?: string) =>
    fetch(url, { redirect: "manual", headers: cookie === undefined ? {} : { cookie } });
  const allow = async (location: string, user: string) => {
    const body = new URLSearchParams({ decision: "allow", user });
    return (await fetch(location, { method: "POST", redirect: "manual", body })).headers.get("location") ?? "";
  };

  test("connects an account, works once, and leaves nothing that could be used again", async () => {
    const made = await admin("POST", "/admin/connections/team/link");
    expect(made.status).toBe(201);
    const { url, expiresAt } = made.body as { url: string; expiresAt: string };
    expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(600_000);
    const opened = await open(url);
    expect(opened.status).toBe(302);
    const cookie = (opened.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    const again = await open(url, cookie);
    expect(again.status).toBe(410);
    expect(await again.text()).toContain("works once");
    const callback = await allow(opened.headers.get("location") ?? "", "bruno");
    expect((await open(callback)).status).toBe(400);
    expect(await (await open(callback, cookie)).text()).toContain("Connected as Bruno");
    expect((await admin("GET", "/admin/connections/team")).body).toMatchObject({
      name: "team",
      status: "connected",
      account: { name: expect.stringContaining("Bruno") },
    });
  });

  test("is what another site's page must bring; without one it begins nothing", async () => {
    const begin = (site: string) =>
      fetch(`${stack.url}/oauth/start?connection=lured`, { redirect: "manual", headers: { "sec-fetch-site": site } });
    expect((await begin("cross-site")).status).toBe(403);
    expect((await admin("GET", "/admin/connections/lured")).status).toBe(404);
    expect((await begin("none")).status).toBe(302);
    const { url } = (await admin("POST", "/admin/connections/lured/link")).body as { url: string };
    expect((await fetch(url, { redirect: "manual", headers: { "sec-fetch-site": "cross-site" } })).status).toBe(302);
  });

  test("that nobody made opens nothing", async () => {
    expect((await open(`${stack.url}/oauth/start?link=nonsense`)).status).toBe(410);
  });
});

describe("connections", () => {
  test("are listed and disconnected: the secret goes, calls end, and the name is free again", async () => {
    await stack.connect("gone", "chidi");
    const { body } = await admin("GET", "/admin/connections?limit=1");
    expect(body).toMatchObject({ items: [{ name: "gone", status: "connected" }], cursor: expect.any(String) });
    const shown = await admin("GET", "/admin/connections/gone");
    expect(shown.headers.get("etag")).toMatch(/^"[\w-]{22}"$/);
    expect(JSON.stringify(shown.body)).not.toMatch(/token"|secret/i);
    expect((await admin("DELETE", "/admin/connections/gone")).status).toBe(204);
    expect((await admin("GET", "/admin/connections/gone")).status).toBe(404);
    expect((await admin("DELETE", "/admin/connections/gone")).status).toBe(404);
    const call = await stack.call("/api/auth/v1/info", { headers: { "connection-id": "gone" } });
    expect(call.status).toBe(404);
    await stack.connect("gone", "ada");
    expect((await stack.call("/api/auth/v1/info", { headers: { "connection-id": "gone" } })).status).toBe(200);
  });
});

describe("an OAuth 2.0 connection", () => {
  test("lists its organisations, and calls go out for the one chosen", async () => {
    await connectThroughConsent(stack.url, "today", "allow", { auth: "oauth2", user: "bruno" });
    const shown = await admin("GET", "/admin/connections/today");
    const { tenants, tenant } = shown.body as { tenants: { id: string }[]; tenant: string };
    expect(tenants.map(({ id }) => id)).toContain(tenant);
    const other = tenants.find(({ id }) => id !== tenant)?.id ?? "";

    const ifMatch = { "if-match": shown.headers.get("etag") ?? "" };
    const choose = (id: string, headers: Record<string, string>) =>
      admin("PATCH", "/admin/connections/today", { tenant: id }, headers);
    expect((await choose(other, {})).status).toBe(428);
    expect((await choose("nobody's", ifMatch)).body).toMatchObject({
      status: 422,
      errors: [{ pointer: "/body/tenant" }],
    });
    expect(await choose(other, ifMatch)).toMatchObject({ status: 200, body: { tenant: other } });
    expect((await choose(tenant, ifMatch)).status).toBe(412);

    const answer = await stack.call("/graphql", {
      method: "POST",
      headers: { "connection-id": "today", "content-type": "application/json" },
      body: JSON.stringify({ query: "{ organization { id } }" }),
    });
    expect(await answer.json()).toEqual({ data: { organization: { id: other } } });

    // A client that uses nothing but GraphQL uses its key.
    const made = await admin("POST", "/admin/clients", { id: "graph", connection: "today" });
    const headers = { authorization: `Bearer ${(made.body.key as { key: string }).key}` };
    const body = JSON.stringify({ query: "{ user { nid } }" });
    const asked = { method: "POST", headers: { ...headers, "content-type": "application/json" }, body };
    expect((await stack.call("/graphql", asked)).status).toBe(200);
    const { items } = (await admin("GET", "/admin/clients/graph/keys")).body as { items: Json[] };
    expect(items[0]?.lastUsedAt).toMatch(/:00\.000Z$/);

    // A new consent does not choose anew.
    await connectThroughConsent(stack.url, "today", "allow", { user: "bruno" });
    expect((await admin("GET", "/admin/connections/today")).body).toMatchObject({ auth: "oauth2", tenant: other });
  });
});

describe("a client made over HTTP", () => {
  test("reads, and is refused what it may not", async () => {
    await stack.connect("demo", "ada");
    const made = await admin("POST", "/admin/clients", { id: "crm", connection: "demo" });
    const { key } = made.body.key as { key: string };
    const headers = { authorization: `Bearer ${key}` };
    expect((await stack.call("/api/auth/v1/info", { headers })).status).toBe(200);
    const refused = await stack.call("/api/hr/v2/jobs", { method: "POST", headers, body: new URLSearchParams() });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ rule: "POST /api/hr/v2/jobs", client: "crm" });
    expect((await stack.call("/budget", { headers })).status).toBe(200);
    const { items } = (await admin("GET", "/admin/clients/crm/keys")).body as { items: Json[] };
    expect(items[0]?.lastUsedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z$/);
    // Whoever has a client key sees that client's budget, and nothing of anybody's calls or keys.
    for (const path of ["/admin/calls", "/admin/budget/usage", "/admin/clients/demo", "/admin/clients/demo/keys"]) {
      expect((await stack.call(path, { headers })).status, path).toBe(401);
    }
    // Neither is an admin's key a client's, nor a client's an admin's.
    expect((await stack.call("/budget", { headers: { authorization: `Bearer ${stack.adminKey}` } })).status).toBe(401);
  });
});

describe("the gateway", () => {
  test("says how it is", async () => {
    expect((await admin("GET", "/admin")).body).toMatchObject({
      stage: "local",
      keyKind: "test",
      publicUrl: stack.url,
      applications: { oauth1: true },
      gate: "open",
    });
  });

  test("shows and reopens the shared budget", async () => {
    const { body } = await admin("GET", "/admin/budget");
    expect(body).toMatchObject({ gate: { state: "open" }, binding: expect.any(String) });
    await admin("POST", "/admin/clients", { id: "etl", connection: "demo", share: { guaranteed: 40, cap: 90 } });
    const shares = (await admin("GET", "/admin/budget/shares")).body.items as Json[];
    expect(shares.find(({ client }) => client === "etl")).toMatchObject({
      priority: "interactive",
      used_today: 0,
      guaranteed: { units: 40, used: 0, left: 40 },
      cap: { units: 90, left: 90 },
    });
    expect((await admin("POST", "/admin/budget/reopen")).body).toMatchObject({ gate: { state: "open" } });
  });

  test("describes itself to everybody", async () => {
    const { status, body } = await admin("GET", "/openapi.json");
    expect({ status, openapi: body.openapi, servers: body.servers }).toEqual({
      status: 200,
      openapi: "3.1.0",
      servers: [{ url: stack.url }],
    });
  });

  test("does nothing for another site's page, although its door is open to this machine", async () => {
    const headers = { "sec-fetch-site": "cross-site", origin: "https://evil.example" };
    for (const path of [
      "/admin/budget/reopen",
      "/admin/clients/demo/keys",
      "/admin/admin-key/rotate",
      "/login",
      "/logout",
    ]) {
      expect((await admin("POST", path, undefined, headers)).status, path).toBe(403);
    }
  });

  test("answers an unknown path and a wrong method as problems", async () => {
    expect(await admin("GET", "/admin/nothing")).toMatchObject({ status: 404, body: { title: "Not found" } });
    const wrong = await admin("PUT", "/admin/clients", {});
    expect({ status: wrong.status, allow: wrong.headers.get("allow") }).toEqual({ status: 405, allow: "GET, POST" });
  });
});
