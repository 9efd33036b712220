import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { accessToken, allow, decide, exchange, requestToken, signed } from "../../support/sandbox-client.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const startedAt = Date.now();
let clock = startedAt;
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ now: () => clock });
});
beforeEach(() => {
  clock = startedAt;
});
afterAll(() => sandbox.close());

const seconds = () => ({ timestamp: Math.floor(clock / 1000) });

describe("authorising", () => {
  test("answers a request token as Upwork does, form-encoded", async () => {
    const answer = await signed(sandbox, "/api/auth/v1/oauth/token/request", { method: "POST" });
    expect(answer.headers.get("content-type")).toBe("application/x-www-form-urlencoded");
    expect(await answer.text()).toMatch(
      /^oauth_callback_confirmed=1&oauth_token=[0-9a-f]{32}&oauth_token_secret=[0-9a-f]{16}$/,
    );
  });

  test("sends the browser back with a verifier that works once", async () => {
    const requested = await requestToken(sandbox);
    const location = new URL((await decide(sandbox, requested, "allow")).headers.get("location") ?? "");
    expect(location.origin + location.pathname).toBe("https://app.example/cb");
    expect(location.searchParams.get("x")).toBe("1");
    expect(location.searchParams.get("oauth_token")).toBe(requested.key);
    const verifier = location.searchParams.get("oauth_verifier") ?? "";
    expect(verifier).toMatch(/^[0-9a-f]{32}$/);
    expect((await exchange(sandbox, requested, "wrong")).status).toBe(401);
    const granted = await exchange(sandbox, requested, verifier);
    expect(await granted.text()).toMatch(/^oauth_token=[0-9a-f]{32}&oauth_token_secret=[0-9a-f]{16}$/);
    const again = await exchange(sandbox, requested, verifier);
    expect([again.status, again.headers.get("x-upwork-error-message")]).toEqual([
      401,
      "Request token is unknown, expired or not authorised.",
    ]);
  });

  test("sends no verifier after Deny, and exchanges nothing", async () => {
    const requested = await requestToken(sandbox);
    const location = new URL((await decide(sandbox, requested, "deny")).headers.get("location") ?? "");
    expect([...location.searchParams.keys()]).toEqual(["x", "oauth_token"]);
    for (const verifier of ["", "undefined"]) {
      expect((await exchange(sandbox, requested, verifier)).status).toBe(401);
    }
  });

  test("shows the consent page until 600 s have passed, and not a moment longer", async () => {
    const requested = await requestToken(sandbox);
    clock += 600_000;
    expect((await decide(sandbox, requested, "allow")).status).toBe(302);
    clock += 1;
    const late = await decide(sandbox, requested, "allow");
    expect([late.status, await late.text()]).toEqual([400, expect.stringContaining("older than 10 minutes")]);
  });

  test("exchanges an allowed request token until 600 s have passed, and not a moment longer", async () => {
    const [inTime, late] = [await requestToken(sandbox), await requestToken(sandbox)];
    const verifiers = [await allow(sandbox, inTime), await allow(sandbox, late)];
    clock += 600_000;
    expect((await exchange(sandbox, inTime, verifiers[0] ?? "", seconds())).status).toBe(200);
    clock += 1;
    expect((await exchange(sandbox, late, verifiers[1] ?? "", seconds())).status).toBe(401);
  });

  test.each([
    ["https://signed.example/cb", "https://signed.example/cb"],
    ["", "https://registered.example/cb"],
    ["oob", "https://registered.example/cb"],
  ])("takes the signed callback %j and calls back at %s", async (callback, target) => {
    const application = { consumerKey: "web", consumerSecret: "secret", type: "web" } as const;
    const registered = await startSandbox({
      applications: [{ ...application, callbackUrl: "https://registered.example/cb" }],
    });
    try {
      const { key } = await requestToken(registered, { protocol: { oauth_callback: callback } });
      const allowed = await fetch(`${registered.url}/services/api/auth?oauth_token=${key}`, {
        method: "POST",
        redirect: "manual",
        body: new URLSearchParams({ decision: "allow" }),
      });
      expect(allowed.headers.get("location")).toMatch(new RegExp(`^${target}\\?oauth_token=${key}&oauth_verifier=`));
    } finally {
      await registered.close();
    }
  });

  test("prints the verifier for a desktop key, and says so after Deny", async () => {
    const application = { consumerKey: "desk", consumerSecret: "secret", type: "desktop" } as const;
    const desktop = await startSandbox({ applications: [application] });
    try {
      const requested = await requestToken(desktop);
      const denied = await decide(desktop, requested, "deny");
      expect([denied.status, await denied.text()]).toEqual([200, expect.stringContaining("Access was not allowed")]);
      const page = await (await decide(desktop, requested, "allow")).text();
      const verifier = /id="verifier">([0-9a-f]{32})</.exec(page)?.[1] ?? "";
      expect((await exchange(desktop, requested, verifier)).status).toBe(200);
    } finally {
      await desktop.close();
    }
  });

  test("explains what it cannot use: an unknown token, a user it does not know, a callback that is no URL", async () => {
    const unknown = await decide(sandbox, { key: "0".repeat(32), secret: "" }, "allow");
    expect([unknown.status, await unknown.text()]).toEqual([400, expect.stringContaining("Unknown request")]);
    const nobody = await decide(sandbox, await requestToken(sandbox), "allow", "mallory");
    expect([nobody.status, await nobody.text()]).toEqual([400, expect.stringContaining("Unknown user")]);
    const { key } = await requestToken(sandbox, { protocol: { oauth_callback: "not a url" } });
    const page = await fetch(`${sandbox.url}/services/api/auth?oauth_token=${key}`);
    expect([page.status, await page.text()]).toEqual([400, expect.stringContaining("Unusable callback")]);
  });
});

describe("access tokens", () => {
  const folder = temporaryFolder("sandbox-");
  const dataFile = join(folder, "data", "tokens.json");

  test("survive a restart, as Upwork's never expire; request tokens do not", async () => {
    const before = await startSandbox({ dataFile });
    const kept = await accessToken(before);
    const pending = await requestToken(before);
    await before.close();
    expect(statSync(dataFile).mode & 0o777).toBe(0o600);

    const yearLater = Date.now() + 365 * 86_400_000;
    const after = await startSandbox({ dataFile, now: () => yearLater });
    const timestamp = Math.floor(yearLater / 1000);
    expect((await signed(after, "/api/auth/v1/info", { token: kept, timestamp })).status).toBe(200);
    expect((await decide(after, pending, "allow")).status).toBe(400);
    after.tokens.revokeAll();
    await after.close();

    const last = await startSandbox({ dataFile });
    expect((await signed(last, "/api/auth/v1/info", { token: kept })).status).toBe(401);
    await last.close();
  });

  test("are never taken from a file that is broken", async () => {
    const broken = join(folder, "broken.json");
    writeFileSync(broken, '{"accessTokens":[["hush');
    await expect(startSandbox({ dataFile: broken })).rejects.toThrow(`cannot read its data file "${broken}"`);
  });
});
