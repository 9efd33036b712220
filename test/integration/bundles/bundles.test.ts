import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { schedules } from "../../../functions/platform/names.ts";
import { type Deployed, startDeployed } from "../../support/deployed.ts";
import { golden } from "../../support/golden.ts";

// The bundles that would be deployed, each in Lambda's own protocol, with their own roles before the embedded stores.
let deployed: Deployed;
beforeAll(async () => {
  deployed = await startDeployed();
}, 180_000);
afterAll(() => deployed.close());

describe("the deployed bundles", () => {
  test("answer health without a key", async () => {
    const result = await deployed.request("console", "GET", "/health");
    expect(result).toMatchObject({ statusCode: 200, headers: { "gateway-request-id": "request-1" } });
  });

  test("ask for the admin key before they show the console, and take it once it is given", async () => {
    expect((await deployed.request("console", "GET", "/")).body).toContain("Admin key");
    const form = { body: `key=${"x".repeat(40)}`, headers: { "content-type": "application/x-www-form-urlencoded" } };
    expect(await deployed.request("console", "POST", "/login", form)).toMatchObject({ statusCode: 401 });
    const login = await deployed.request("console", "POST", "/login", { ...form, body: `key=${deployed.adminKey}` });
    expect(login.statusCode).toBe(303);
    const cookie = login.cookies?.[0] ?? "";
    expect(cookie).toMatch(/^__Host-gateway-admin=.*; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200; Secure$/);
    const page = await deployed.request("console", "GET", "/", { cookies: [cookie.split(";")[0] ?? ""] });
    expect(page.body).toContain("Connections");
    const forged = cookie.split(";")[0]?.replace(/.$/, (last) => (last === "A" ? "B" : "A")) ?? "";
    expect((await deployed.request("console", "GET", "/", { cookies: [forged] })).body).toContain("Admin key");
  });

  test("let nobody but the admin begin to connect", async () => {
    const result = await deployed.request("oauth", "GET", "/oauth/start", { rawQueryString: "connection=acme" });
    expect(result).toMatchObject({ statusCode: 303, headers: { location: "/" } });
  });

  test("answer a call without a key with a problem document", async () => {
    const result = await deployed.request("proxy", "GET", "/api/auth/v1/info");
    expect(result).toMatchObject({
      statusCode: 401,
      headers: {
        "content-type": "application/problem+json",
        "gateway-error": "key-missing",
        "www-authenticate": expect.any(String),
      },
    });
    expect(JSON.parse(result.body ?? "")).toMatchObject({ status: 401, instance: "urn:request:request-1" });
  });

  test("answer a program that speaks OAuth 1.0a, whose door is a part of its own", async () => {
    const headers = { authorization: 'OAuth oauth_consumer_key="unknown"' };
    const result = await deployed.request("proxy", "GET", "/api/auth/v1/info", { headers });
    expect(result).toMatchObject({ statusCode: 401, headers: { "gateway-error": "signature-refused" } });
  });

  test("connect an account, make calls with it, and show the budget", async () => {
    const { cookie, callback, page } = await deployed.connect();
    expect(cookie).toMatch(
      /^__Host-gateway-connect=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=3600; Secure$/,
    );
    expect(callback.origin).toBe("https://gateway.example");
    expect(page).toMatchObject({ statusCode: 200 });
    expect(page.body).toContain("Connected as Ada Larsen");

    const client = { authorization: `Bearer ${deployed.clientKey}` };
    const search = await deployed.request("proxy", "GET", "/api/profiles/v2/search/jobs", {
      rawQueryString: "q=node.js&paging=0%3B2",
      headers: client,
    });
    expect(search).toMatchObject({ statusCode: 200, headers: { ratelimit: expect.stringContaining(";r=") } });
    expect(JSON.parse(search.body ?? "").auth_user.first_name).toBe("Ada");

    const form = Buffer.from(
      "buyer_team__reference=2000001&title=a+b&job_type=hourly&description=d&visibility=public&category2=c&subcategory2=s",
    );
    const posted = await deployed.request("proxy", "POST", "/api/hr/v2/jobs", {
      headers: { ...client, "content-type": "application/x-www-form-urlencoded" },
      body: form.toString("base64"),
      isBase64Encoded: true,
    });
    expect(posted.statusCode).toBe(200);

    const budget = JSON.parse((await deployed.request("budget", "GET", "/budget", { headers: client })).body ?? "");
    expect(budget).toMatchObject({ client: "crm", gate: { state: "open" } });
    // Three calls connected the account, out of the 2 % that are the gateway's own; two were the client's.
    expect(budget.limits.find(({ name }: { name: string }) => name === "day")).toMatchObject({ used: 5, left: 39_198 });
  });

  test("answer a GraphQL request without a key with a problem document", async () => {
    const result = await deployed.request("graphql", "POST", "/graphql", { body: '{"query":"{ user { id } }"}' });
    expect(result).toMatchObject({ statusCode: 401, headers: { "gateway-error": "key-missing" } });
  });

  test("let nobody but the admin manage clients, and do what the admin asks", async () => {
    const ask = async (method: string, path: string, overrides: Parameters<typeof deployed.request>[3] = {}) => {
      const headers = { authorization: `Bearer ${deployed.adminKey}`, "content-type": "application/json" };
      const {
        statusCode,
        headers: answered,
        body,
      } = await deployed.request("admin", method, path, { headers, ...overrides });
      return { statusCode, headers: answered, body: body ? JSON.parse(body) : undefined };
    };
    expect(await ask("GET", "/admin/clients", { headers: {} })).toMatchObject({
      statusCode: 401,
      headers: { "gateway-error": "admin-key-refused", "www-authenticate": expect.any(String) },
    });
    const body = JSON.stringify({ id: "dashboard", connection: "acme" });
    const made = await ask("POST", "/admin/clients", { body });
    expect(made).toMatchObject({ statusCode: 201, headers: { location: "/admin/clients/dashboard" } });
    expect(made.body.key.key).toMatch(/^ugw_live_/);
    const calls = await ask("GET", "/admin/calls", { rawQueryString: "status=2xx" });
    expect(calls.body.items[0]).toMatchObject({ method: "POST", template: "/api/hr/v2/jobs", status: 200 });
    expect((await ask("GET", "/admin/budget/usage")).body.items[0]).toMatchObject({ units: 2 });
    expect((await ask("POST", "/admin/budget/reopen")).statusCode).toBe(200);
    expect((await ask("POST", "/admin/connections/team/link")).body.url).toMatch(
      /^https:\/\/gateway\.example\/oauth\/start\?link=/,
    );
    const link = new URL((await ask("POST", "/admin/connections/team/link")).body.url);
    const opened = await deployed.request("oauth", "GET", "/oauth/start", { rawQueryString: link.search.slice(1) });
    expect(opened).toMatchObject({ statusCode: 302 });
    expect((await ask("DELETE", "/admin/connections/team")).statusCode).toBe(204);
    const rotated = await ask("POST", "/admin/admin-key/rotate");
    expect(rotated).toMatchObject({ statusCode: 201, body: { key: expect.stringMatching(/^ugw_admin_/) } });
    const headers = { authorization: `Bearer ${rotated.body.key}` };
    expect((await ask("GET", "/admin", { headers })).body).toMatchObject({ keyKind: "live", gate: "open" });
    expect((await ask("GET", "/openapi.json", { headers: {} })).body.openapi).toBe("3.1.0");
  });

  test("run on a schedule", async () => {
    for (const { functionName } of schedules) {
      const { kind, log } = await deployed.lambdas[functionName].invoke(golden("scheduled"));
      expect(kind, log).toBe("answered");
    }
    const { payload } = (await deployed.lambdas.refresh.invoke(golden("scheduled"))) as { payload?: unknown };
    expect(payload).toEqual({ refreshed: [], needsReauth: [], notNow: [] });
    expect((await deployed.lambdas.report.invoke(golden("scheduled"))).log).toContain('"BudgetUsedPercent"');
  });

  test("make no call to AWS that their roles do not allow", () => {
    expect(deployed.refused()).toEqual([]);
  });
});
