import { request } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { accessToken, signed } from "../../support/sandbox-client.ts";
import { authorizeUrl, connectOAuth2, decideOAuth2 } from "../../support/sandbox-oauth2.ts";

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox.close());

const info = "/api/auth/v1/info";
// biome-ignore lint/suspicious/noExplicitAny: JSON of many shapes
type Json = any;
const show = async (part = ""): Promise<Json> => (await fetch(`${sandbox.url}/_sandbox/api${part}`)).json();
async function change(action: string, given: object = {}): Promise<[number, Json]> {
  const answer = await fetch(`${sandbox.url}/_sandbox/api/${action}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(given),
  });
  return [answer.status, await answer.json()];
}
const bearer = (token: string) => fetch(sandbox.url + info, { headers: { authorization: `Bearer ${token}` } });

describe("as JSON", () => {
  test("shows keys, tokens, calls with verdicts, counters, limits, faults, switches and the clock", async () => {
    const token = await accessToken(sandbox);
    await connectOAuth2(sandbox, "bruno");
    await signed(sandbox, info, { token });
    await signed(sandbox, info, { token, consumer: { key: sandbox.application.consumerKey, secret: "wrong" } });
    const state = await show();
    expect(state.keys.map(({ kind }: Json) => kind)).toEqual([
      "OAuth 1.0a",
      "OAuth 2.0",
      "OAuth 2.0, client credentials",
    ]);
    expect(state.tokens.map(({ kind, user }: Json) => [kind, user])).toEqual([
      ["OAuth 1.0a access", "ada"],
      ["OAuth 2.0 access", "bruno"],
      ["OAuth 2.0 refresh", "bruno"],
    ]);
    const [wrong, right] = state.calls;
    expect(right).toMatchObject({ method: "GET", path: info, status: 200, verdict: "ok", userId: "ada" });
    expect(wrong).toMatchObject({ status: 401, verdict: "Verification of signature failed." });
    expect(state.counters.callers[0]).toMatchObject({ scope: "ip", received: 5 });
    expect([state.faults, state.limits.settings.quotas]).toEqual([[], {}]);
    expect(state.switches).toMatchObject({ checkNonces: true });
    expect(Math.abs(state.clock.now - Date.now())).toBeLessThan(60_000);
    expect(await show("/faults")).toEqual([]);
    expect((await show("/nothing")).error).toContain("clock, world, keys");
    expect(await show("/actions")).toHaveProperty("advance-clock");
  });

  test("does not count, limit or spoil what is about itself", async () => {
    await change("set-limits", { preset: "today", second: 1 });
    await change("add-fault", { fault: "error-500" });
    for (let call = 0; call < 5; call += 1) await show();
    const state = await show();
    expect([state.counters, state.calls, state.faults[0].happened]).toEqual([{ total: 0, callers: [] }, [], 0]);
  });

  test("moves the clock, and tokens die of it", async () => {
    const { access_token } = await connectOAuth2(sandbox);
    expect((await bearer(access_token)).status).toBe(200);
    expect(await change("advance-clock", { seconds: 86_401 })).toEqual([200, { done: "advance-clock" }]);
    expect((await bearer(access_token)).status).toBe(401);
    for (const seconds of [-4_000_000_000, 4e10, "soon", Number.NaN]) {
      expect((await change("advance-clock", { seconds }))[0]).toBe(400);
    }
  });

  test("adds faults by text or by members, ends one, ends all", async () => {
    expect(await change("add-fault", { rule: "error-500; times=1" })).toEqual([
      200,
      { done: "add-fault", result: { id: 1, rule: { fault: "error-500", times: 1 }, matched: 0, happened: 0 } },
    ]);
    await change("add-fault", { fault: "latency", value: 5, path: "/api/**" });
    expect((await show("/faults")).map(({ text }: Json) => text)).toEqual([
      "error-500; times=1",
      "latency=5; path=/api/**",
    ]);
    expect((await signed(sandbox, info)).status).toBe(500);
    expect(await change("remove-fault", { id: 1 })).toEqual([200, { done: "remove-fault" }]);
    expect(await change("remove-fault", { id: 1 })).toEqual([400, { error: "There is no fault 1." }]);
    await change("clear-faults");
    expect(await show("/faults")).toEqual([]);
    expect((await change("add-fault", { fault: "slow" }))[1].error).toContain('There is no fault "slow"');
  });

  test("changes limits one by one or by preset; 0 takes one away", async () => {
    await change("set-limits", { preset: "today", hour: 500, retryAfter: true });
    expect((await show("/limits")).settings).toMatchObject({
      quotas: { second: 10, minute: 300, hour: 500, day: 40_000 },
      retryAfter: true,
    });
    await change("set-limits", { minute: 0, dayFrom: "rolling", disableAfter: 5, disabledStatus: 401 });
    expect((await show("/limits")).settings).toMatchObject({
      quotas: { second: 10, hour: 500, day: 40_000 },
      retryAfter: true,
      day: "rolling",
      disableAfter: 5,
      disabledStatus: 401,
    });
    for (const given of [{ second: -1 }, { second: 1.5 }, { preset: "none" }, { disabledStatus: 500 }]) {
      expect((await change("set-limits", given))[0]).toBe(400);
    }
  });

  test("issues and revokes tokens of both kinds without a browser", async () => {
    const { consumerKey } = sandbox.application;
    const [, old] = await change("issue-token", { key: consumerKey, user: "chidi" });
    const token = { key: old.result.token, secret: old.result.secret };
    expect(await (await signed(sandbox, info, { token })).json()).toMatchObject({ auth_user: { first_name: "Chidi" } });
    const [, today] = await change("issue-token", { key: sandbox.oauth2Application.clientId, user: "bruno" });
    expect((await bearer(today.result.accessToken)).status).toBe(200);
    for (const given of [old.result.token, today.result.accessToken]) await change("revoke-token", { token: given });
    expect((await signed(sandbox, info, { token })).status).toBe(401);
    expect((await bearer(today.result.accessToken)).status).toBe(401);
    expect(await change("revoke-token", { token: "x" })).toEqual([400, { error: "There is no such token." }]);
    await change("revoke-tokens");
    expect(await show("/tokens")).toEqual([]);
    for (const given of [{ key: "x", user: "ada" }, { key: consumerKey, user: "x" }, { user: "ada" }]) {
      expect((await change("issue-token", given))[0]).toBe(400);
    }
  });

  test("disables a key, takes its permissions, and registers another address to call back", async () => {
    const token = await accessToken(sandbox);
    const { consumerKey: key } = sandbox.application;
    await change("set-key", { key, disabled: true });
    expect((await signed(sandbox, info, { token })).headers.get("x-upwork-error-message")).toContain("disabled");
    await change("set-key", { key, disabled: false, permissions: ["jobsRead"] });
    expect((await signed(sandbox, info, { token })).headers.get("x-upwork-error-message")).toContain("no access");
    await change("set-key", { key, permissions: "identity, jobsRead" });
    expect((await signed(sandbox, info, { token })).status).toBe(200);
    expect((await change("set-key", { key, permissions: "fly" }))[1].error).toContain("Permissions are identity");

    const { access_token } = await connectOAuth2(sandbox);
    const today = sandbox.oauth2Application.clientId;
    await change("set-key", { key: today, redirectUri: "https://app.example/cb" });
    const back = await decideOAuth2(authorizeUrl(sandbox, { redirect_uri: "https://app.example/cb" }), "allow");
    expect(back.host).toBe("app.example");
    expect((await bearer(access_token)).status).toBe(200);
    // As at Upwork, whoever connected before the key's scopes changed has to do it again.
    await change("set-key", { key: today, permissions: "pub-commons:read:all" });
    expect((await bearer(access_token)).status).toBe(401);
    expect((await change("set-key", { key: "x" }))[0]).toBe(400);
  });

  test("sets switches to what they can be", async () => {
    await change("set-switches", { checkNonces: "false", skewSeconds: 30, pastLastResult: "refused" });
    expect(sandbox.switches).toMatchObject({ checkNonces: false, skewSeconds: 30, pastLastResult: "refused" });
    for (const given of [{ nothing: true }, { checkNonces: 1 }, { skewSeconds: "soon" }, { pastLastResult: "x" }]) {
      expect((await change("set-switches", given))[0]).toBe(400);
    }
    expect(sandbox.switches).toMatchObject({ checkNonces: false, skewSeconds: 30, pastLastResult: "refused" });
  });

  test("resets to a world in which nothing has happened", async () => {
    const token = await accessToken(sandbox);
    const before = sandbox.world.jobs.rows.length;
    const form = Object.entries({
      buyer_team__reference: "2000001",
      title: "Gone soon",
      job_type: "hourly",
      description: "x",
      visibility: "public",
      category2: "Writing",
      subcategory2: "Copywriting",
    });
    expect((await signed(sandbox, "/api/hr/v2/jobs", { method: "POST", form, token })).status).toBe(200);
    await change("add-fault", { fault: "hang", path: "/nowhere" });
    expect(sandbox.world.jobs.rows).toHaveLength(before + 1);
    await change("reset");
    expect(sandbox.world.jobs.rows).toHaveLength(before);
    const state = await show();
    expect([state.tokens, state.faults, state.calls, state.counters.total]).toEqual([[], [], [], 0]);
    expect((await signed(sandbox, info, { token })).status).toBe(401);
  });

  test("refuses what is no JSON object, no action, no verb of its own", async () => {
    const post = (body: string, type = "application/json", action = "reset") =>
      fetch(`${sandbox.url}/_sandbox/api/${action}`, { method: "POST", headers: { "content-type": type }, body });
    expect((await post("{")).status).toBe(400);
    expect((await post("[]")).status).toBe(400);
    expect((await post("{}", "text/plain")).status).toBe(415);
    expect((await post("{}", "application/json", "__proto__")).status).toBe(404);
    expect((await post("")).status).toBe(200);
    expect((await fetch(`${sandbox.url}/_sandbox`, { method: "DELETE" })).status).toBe(405);
    expect((await fetch(`${sandbox.url}/_sandbox/elsewhere`)).status).toBe(404);
  });
});

describe("whoever is not the one at this machine", () => {
  /** A request with whatever Host header; `fetch` does not let anybody choose it. */
  const send = (method: string, path: string, headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const sent = request(sandbox.url + path, { method, headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on("error", reject).end(method === "POST" ? "{}" : undefined);
    });
  const json = { "content-type": "application/json", "content-length": "2" };

  test.each(["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "192.168.1.7:4100"])(
    "came by the name %j and sees nothing",
    async (host) => {
      expect(await send("GET", "/_sandbox", { host })).toBe(403);
      expect(await send("GET", "/_sandbox/api", { host })).toBe(403);
      expect(await send("POST", "/_sandbox/api/reset", { host, ...json })).toBe(403);
    },
  );

  test("is let in by any name of this machine", async () => {
    for (const host of ["localhost", "LOCALHOST:80", "127.0.0.1:4100", "[::1]:4100"]) {
      expect(await send("GET", "/_sandbox", { host })).toBe(200);
    }
  });

  test.each([
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "http://localhost:1" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
  ])("posts from another page, with %j, and changes nothing", async (headers) => {
    const form = { "content-type": "application/x-www-form-urlencoded", "content-length": "2" };
    expect(await send("POST", "/_sandbox/api/reset", { ...headers, ...json } as Record<string, string>)).toBe(403);
    expect(await send("POST", "/_sandbox/reset", { ...headers, ...form } as Record<string, string>)).toBe(403);
  });
});

describe("as a page", () => {
  const page = async (path = "") => (await fetch(`${sandbox.url}/_sandbox${path}`)).text();
  const press = (action: string, fields: Record<string, string>) =>
    fetch(`${sandbox.url}/_sandbox/${action}`, {
      method: "POST",
      redirect: "manual",
      body: new URLSearchParams(fields),
    });

  test("holds no script and nothing from elsewhere, and forbids both", async () => {
    const answer = await fetch(`${sandbox.url}/_sandbox`);
    expect(answer.headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src 'sha256-/);
    const html = await answer.text();
    expect(html).not.toMatch(/<script|javascript:|\son\w+=|style="/i);
    expect(html.match(/(?:src|href|action)="[^"]*"/g)?.filter((link) => !/="(\/_sandbox|data:,)/.test(link))).toEqual(
      [],
    );
    expect(await page("?live")).toContain('http-equiv="refresh"');
    expect(html).not.toContain('http-equiv="refresh"');
  });

  test("shows what a caller wrote as text, not as HTML", async () => {
    await fetch(`${sandbox.url}/api/<script>alert(1)</script>?x="><b>`);
    sandbox.faults.add({ fault: "hang", path: '"><img src=x>' });
    const html = await page();
    expect(html).not.toMatch(/<script|<img|<b>[^2]/);
    expect(html).toContain("alert(1)");
  });

  test("goes back to itself after each form, with the mistake where there was one", async () => {
    const done = await press("add-fault", { fault: "latency", value: "50", path: "", times: "", every: "" });
    expect([done.status, done.headers.get("location")]).toEqual([303, "/_sandbox"]);
    expect(await page()).toContain("latency=50");
    const wrong = await press("add-fault", { fault: "latency", value: "-1" });
    expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining("takes 0 to 600000 ms")]);
    await press("set-limits", { second: "5", minute: "", hour: "", day: "0", dayFrom: "utc", retryAfter: "true" });
    expect(sandbox.limits.settings()).toMatchObject({ quotas: { second: 5 }, retryAfter: true });
    expect((await press("unknown", {})).status).toBe(404);
  });

  test("shows an issued token at once", async () => {
    const issued = await press("issue-token", { key: sandbox.oauth2Application.clientId, user: "ada" });
    expect(await issued.text()).toMatch(/A token was issued[\s\S]*oauth2v2_[0-9a-f]{32}/);
  });
});
