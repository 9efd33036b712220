import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createAuthorisationStore } from "../../../functions/oauth/authorisations.ts";
import type { FinishResult, StartResult } from "../../../functions/oauth/connect.ts";
import { type ConnectOauth1Dependencies, finishOauth1, startOauth1 } from "../../../functions/oauth/connect-oauth1.ts";
import { type ConnectionStore, createConnectionStore } from "../../../functions/oauth/connections.ts";
import { finishPage, problemPage, startTroublePage } from "../../../functions/oauth/pages.ts";
import { saveConsent } from "../../../functions/oauth/save-consent.ts";
import type { GatewayEvent } from "../../../functions/platform/events.ts";
import { Problem } from "../../../functions/platform/problem.ts";
import { createSecretStore, type SecretStore } from "../../../functions/platform/secrets.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { createStateTable, openDynamo, openSecretsManager, type TestDynamo } from "../../support/stores.ts";

let dynamo: TestDynamo;
let secretsServer: Awaited<ReturnType<typeof openSecretsManager>>;
let sandbox: Sandbox;
let secrets: SecretStore;
let connections: ConnectionStore;
let events: GatewayEvent[];
let clock: number;
let sent: number;
let dependencies: ConnectOauth1Dependencies;

beforeAll(async () => {
  clock = Date.now();
  dynamo = await openDynamo();
  secretsServer = await openSecretsManager();
  sandbox = await startSandbox({ now: () => clock });
});
afterAll(async () => {
  await sandbox.close();
  await secretsServer.close();
  await dynamo.close();
});
beforeEach(async () => {
  clock = Date.now();
  sent = 0;
  const table = await createStateTable(dynamo.client);
  secrets = createSecretStore(secretsServer.client);
  connections = createConnectionStore(table, secrets, `test/${table.name}`);
  events = [];
  const raise = async (event: GatewayEvent) => void events.push(event);
  dependencies = {
    provider: {
      origin: sandbox.url,
      consumer: { key: sandbox.application.consumerKey, secret: sandbox.application.consumerSecret },
      timeoutMs: 5_000,
      now: () => clock,
      spend: (send) => {
        sent += 1;
        return send();
      },
    },
    authorisations: createAuthorisationStore(table),
    connections,
    save: (name, consent) => saveConsent({ connections, raise, now: () => clock }, name, consent),
    callbackUrl: "https://gateway.example/oauth/callback",
    now: () => clock,
  };
});

async function start(options: { connection?: string; replace?: boolean } = {}) {
  const result = await startOauth1(dependencies, {
    connection: options.connection ?? "acme",
    replace: options.replace ?? false,
    browserSecret: undefined,
  });
  if (result.kind !== "redirect") throw new Error(result.kind);
  return { token: new URL(result.location).searchParams.get("oauth_token") ?? "", browserSecret: result.browserSecret };
}

/** What a person does on the consent page. */
async function decide(token: string, decision: "allow" | "deny", user = "ada") {
  const answer = await fetch(`${sandbox.url}/services/api/auth?oauth_token=${token}`, {
    method: "POST",
    redirect: "manual",
    body: new URLSearchParams({ decision, user }),
  });
  const callback = new URL(answer.headers.get("location") ?? "");
  expect(callback.origin + callback.pathname).toBe("https://gateway.example/oauth/callback");
  return callback.searchParams.get("oauth_verifier") ?? undefined;
}

async function connect(user: string, options: { replace?: boolean } = {}) {
  const { token, browserSecret } = await start(options);
  const verifier = await decide(token, "allow", user);
  return {
    request: { token, verifier, browserSecret },
    result: await finishOauth1(dependencies, { token, verifier, browserSecret }),
  };
}

describe("connecting", () => {
  test("stores the access token as a secret and says whose account it is", async () => {
    const { result } = await connect("ada");
    expect(result).toMatchObject({ kind: "connected", connection: "acme", account: { name: "Ada Larsen" } });
    const credentials = await connections.credentials("acme");
    if (credentials.auth !== "oauth1") throw new Error(credentials.auth);
    const { key, secret } = credentials.token;
    expect(sandbox.tokens.accessToken(key)?.secret).toBe(secret);
    expect(await connections.list()).toMatchObject([{ name: "acme", auth: "oauth1", status: "connected" }]);
    expect(JSON.stringify(await connections.list())).not.toContain(secret);
  });

  test("counts each of its three calls", async () => {
    await connect("ada");
    expect(sent).toBe(3);
  });

  test("refuses a request token after 600 s, though not at 600 s", async () => {
    const late = await start();
    clock += 600_001;
    expect(await finishOauth1(dependencies, { ...late, verifier: "v" })).toMatchObject({
      kind: "expired",
      connection: "acme",
    });
    const inTime = await start();
    const verifier = await decide(inTime.token, "allow");
    clock += 600_000;
    expect((await finishOauth1(dependencies, { ...inTime, verifier })).kind).toBe("connected");
  });

  test("refuses another browser, and leaves the authorisation to its owner", async () => {
    const { token, browserSecret } = await start();
    const verifier = await decide(token, "allow");
    for (const wrong of [undefined, "x".repeat(43)]) {
      expect((await finishOauth1(dependencies, { token, verifier, browserSecret: wrong })).kind).toBe("other-browser");
    }
    expect((await finishOauth1(dependencies, { token, verifier, browserSecret })).kind).toBe("connected");
  });

  test("exchanges once, however many callbacks arrive at the same time", async () => {
    const { token, browserSecret } = await start();
    const verifier = await decide(token, "allow");
    const path = "POST /api/auth/v1/oauth/token/access";
    const before = sandbox.received.get(path) ?? 0;
    const results = await Promise.all(
      Array.from({ length: 8 }, () => finishOauth1(dependencies, { token, verifier, browserSecret })),
    );
    expect(results.filter(({ kind }) => kind === "connected")).toHaveLength(1);
    expect(results.filter(({ kind }) => kind === "replayed")).toHaveLength(7);
    expect(sandbox.received.get(path)).toBe(before + 1);
  });

  test("says so when consent was denied, and may be tried again", async () => {
    const { token, browserSecret } = await start();
    const verifier = await decide(token, "deny");
    expect(verifier).toBeUndefined();
    expect((await finishOauth1(dependencies, { token, verifier, browserSecret })).kind).toBe("denied");
    expect(await dependencies.connections.find("acme")).toMatchObject({ status: "started" });
  });

  test("makes no call and looks nothing up for a token that cannot be one", async () => {
    for (const token of [undefined, "", "a b", "x".repeat(10_000), "<script>", "a\u0000b"]) {
      expect((await finishOauth1(dependencies, { token, verifier: "v", browserSecret: "b" })).kind).toBe(
        "token-malformed",
      );
    }
    expect((await finishOauth1(dependencies, { token: "unknown", verifier: "v", browserSecret: "b" })).kind).toBe(
      "token-unknown",
    );
    expect(sent).toBe(0);
  });

  test("keeps one account's connection from being taken over by another, unless asked", async () => {
    await connect("ada");
    const { result } = await connect("bruno");
    expect(result).toEqual({
      kind: "other-account",
      auth: "oauth1",
      connection: "acme",
      connected: "Ada Larsen",
      offered: "Bruno Costa",
    });
    expect(await dependencies.connections.find("acme")).toMatchObject({ account: { name: "Ada Larsen" } });
    expect((await connect("bruno", { replace: true })).result).toMatchObject({
      kind: "connected",
      account: { name: "Bruno Costa" },
    });
  });

  test("keeps the authorisation when the upstream fails, so that a reload can finish it", async () => {
    const { token, browserSecret } = await start();
    const verifier = await decide(token, "allow");
    const unreachable = { ...dependencies, provider: { ...dependencies.provider, origin: "http://127.0.0.1:9" } };
    expect((await finishOauth1(unreachable, { token, verifier, browserSecret })).kind).toBe("upstream-trouble");
    expect((await finishOauth1(dependencies, { token, verifier, browserSecret })).kind).toBe("connected");
  });

  test.each([
    [200, "no token", true],
    [403, "<html>Just a moment...</html>", false],
    [503, "", true],
  ])(
    "after an answer %i %j to the exchange the page says Reload only where that works",
    async (status, body, mayReload) => {
      const { token, browserSecret } = await start();
      const verifier = await decide(token, "allow");
      const spend = async () => ({ status, headers: {}, body: Buffer.from(body) });
      const troubled = { ...dependencies, provider: { ...dependencies.provider, spend } };
      const result = await finishOauth1(troubled, { token, verifier, browserSecret });
      expect(result).toMatchObject({ kind: "upstream-trouble", mayReload });
      expect(String(finishPage(result, "request-1").body).includes("Reload")).toBe(mayReload);
      const reloaded = await finishOauth1(dependencies, { token, verifier, browserSecret });
      expect(reloaded.kind).toBe(mayReload ? "connected" : "replayed");
    },
  );

  test.each([
    ["the upstream", async () => ({ status: 503, headers: {}, body: new Uint8Array() }), 502],
    ["the budget", () => Promise.reject(new Problem("quota-exceeded", "used up")), 429],
  ])(
    "stores nothing where %s is in the way of asking whose account it is, and starting again works",
    async (_what, refuse, status) => {
      const { token, browserSecret } = await start({ replace: true });
      const verifier = await decide(token, "allow");
      const spends = [dependencies.provider.spend, refuse];
      const spend: typeof dependencies.provider.spend = (send) => (spends.shift() ?? refuse)(send);
      const troubled = { ...dependencies, provider: { ...dependencies.provider, spend } };
      const result = await finishOauth1(troubled, { token, verifier, browserSecret });
      expect(result).toMatchObject({ kind: "owner-unknown", connection: "acme" });
      await expect(connections.credentials("acme")).rejects.toMatchObject({ kind: "connection-not-connected" });
      const page = finishPage(result, "request-1");
      expect(page.status).toBe(status);
      expect(page.body).not.toContain("Reload");
      expect(page.body).toContain('href="/oauth/start?connection=acme&amp;auth=oauth1&amp;replace=true"');
      expect((await connect("ada")).result.kind).toBe("connected");
    },
  );

  test("over a connection that needed it is told as its healing", async () => {
    await connect("ada");
    const { connectedAt } = (await connections.find("acme")) ?? {};
    expect(await connections.noteNeedsReauth({ name: "acme", connectedAt })).toBe(true);
    clock += 1;
    await connect("ada");
    expect(events.map(({ type, data }) => [type, data.connection])).toEqual([["connection.healthy", "acme"]]);
    await connect("ada");
    expect(events).toHaveLength(1);
  });

  test("keeps the authorisation when the budget refuses", async () => {
    const { token, browserSecret } = await start();
    const verifier = await decide(token, "allow");
    const refusing: ConnectOauth1Dependencies = {
      ...dependencies,
      provider: { ...dependencies.provider, spend: () => Promise.reject(new Problem("quota-exceeded", "used up")) },
    };
    await expect(finishOauth1(refusing, { token, verifier, browserSecret })).rejects.toThrow("used up");
    expect((await finishOauth1(dependencies, { token, verifier, browserSecret })).kind).toBe("connected");
  });

  test("refuses names that are not fit for a URL and a secret", async () => {
    for (const connection of ["", "UPPER", "a/b", "../x", "-a", "a".repeat(64)]) {
      const result = await startOauth1(dependencies, { connection, replace: false, browserSecret: undefined });
      expect(result).toEqual({ kind: "name-refused" });
    }
    expect(sent).toBe(0);
  });

  test("says whether a connection is unknown or only not connected", async () => {
    await expect(connections.credentials("nobody")).rejects.toMatchObject({ kind: "connection-unknown" });
    await start({ connection: "begun" });
    await expect(connections.credentials("begun")).rejects.toMatchObject({
      kind: "connection-not-connected",
    });
  });
});

describe("pages", () => {
  const account = { reference: "1", name: "<b>Eve</b>", profileUrl: "" };
  const error = new Error("oauth_token=0123456789abcdef");
  const begun = { connection: "acme", auth: "oauth2", replace: true } as const;
  const tenants = [
    { id: "1", name: "Own" },
    { id: "2", name: "<i>Agency</i>" },
  ];
  const results: [FinishResult, number][] = [
    [{ kind: "connected", connection: "acme", auth: "oauth1", account, tenants: [] }, 200],
    [{ kind: "connected", connection: "acme", auth: "oauth2", account, tenants, tenant: tenants[1] }, 200],
    [{ kind: "mixed-up" }, 400],
    [{ kind: "refused", ...begun, code: "invalid_grant" }, 410],
    [{ kind: "refused", ...begun, code: "invalid_client" }, 502],
    [{ kind: "refused", ...begun, code: "<b>" }, 502],
    [{ kind: "token-malformed" }, 400],
    [{ kind: "token-unknown" }, 400],
    [{ kind: "other-browser" }, 400],
    [{ kind: "expired", ...begun }, 410],
    [{ kind: "denied", ...begun }, 200],
    [{ kind: "replayed", ...begun }, 410],
    [{ kind: "other-account", connection: "acme", auth: "oauth1", connected: "<i>", offered: "B" }, 409],
    [{ kind: "upstream-trouble", ...begun, mayReload: true, error }, 502],
    [{ kind: "owner-unknown", ...begun, error }, 502],
    [{ kind: "owner-unknown", ...begun, error: new Problem("quota-exceeded", "<b>used up</b>") }, 429],
  ];

  test.each(results)("%j", (result, status) => {
    const page = finishPage(result, "request-1");
    expect(page.status).toBe(status);
    expect(page.headers).toMatchObject({ "cache-control": "no-store", "referrer-policy": "no-referrer" });
    expect(page.headers?.["content-security-policy"]).toContain("frame-ancestors 'none'");
    expect(page.body).not.toMatch(/<b>|<i>|<script|0123456789abcdef/);
  });

  test("say a refusal of the gateway's own to the person at the browser, with the time to come back", () => {
    const page = problemPage(new Problem("quota-exceeded", "The <day> is used up.", { retryAfterMs: 1_500 }));
    expect(page).toMatchObject({ status: 429, headers: { "retry-after": "2", "gateway-error": "quota-exceeded" } });
    expect(page.headers?.["content-type"]).toBe("text/html; charset=utf-8");
    expect(page.body).toContain("The &lt;day&gt; is used up.");
  });

  test("of a start that failed names no token", () => {
    const trouble: Exclude<StartResult, { kind: "redirect" | "finished" }> = { kind: "upstream-trouble", error };
    expect(startTroublePage(trouble, "request-1")).toMatchObject({ status: 502 });
    expect(startTroublePage(trouble, "request-1").body).not.toContain("0123456789abcdef");
    expect(startTroublePage({ kind: "name-refused" }, "request-1").status).toBe(400);
  });
});
