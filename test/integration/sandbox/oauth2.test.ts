import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { demoServiceApplication } from "../../../sandbox/applications.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { defaultSwitches } from "../../../sandbox/switches.ts";
import {
  askToken,
  authorizeUrl,
  connectOAuth2,
  decideOAuth2,
  redirectUri,
  refreshOAuth2,
  type TokenReply,
} from "../../support/sandbox-oauth2.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const hour = 3_600_000;
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterEach(() => Object.assign(sandbox.switches, defaultSwitches));
afterAll(() => sandbox.close());

const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
const info = (token: string, from = sandbox) =>
  fetch(`${from.url}/api/auth/v1/info.json`, { headers: { authorization: `Bearer ${token}` } });
const bodyOf = async (answer: Response) => [answer.status, await answer.json()];

describe("the authorize URL", () => {
  test("shows a page on which a person chooses who they are", async () => {
    const page = await fetch(authorizeUrl(sandbox));
    const text = await page.text();
    expect([page.status, page.headers.get("cache-control")]).toEqual([200, "no-store"]);
    for (const part of ["Allow access?", "Bruno Costa, Porto", "localhost:4000", "Allow</button>", "Deny</button>"]) {
      expect(text).toContain(part);
    }
  });

  test("sends the browser back with a code and the very state that came", async () => {
    const back = await decideOAuth2(authorizeUrl(sandbox), "allow");
    expect(back.origin + back.pathname).toBe(redirectUri);
    expect(Object.fromEntries(back.searchParams)).toEqual({
      code: expect.stringMatching(/^[0-9a-f]{32}$/),
      state: "s/1 +",
    });
  });

  test("tells the application of a denial, and of its own mistakes", async () => {
    const denied = await decideOAuth2(authorizeUrl(sandbox), "deny");
    expect(Object.fromEntries(denied.searchParams)).toEqual({ error: "access_denied", state: "s/1 +" });
    const mistakes = [
      [{ response_type: "token" }, "unsupported_response_type"],
      [{ scope: "r_basic" }, "invalid_scope"],
      [{ code_challenge: "short" }, "invalid_request"],
      [{ code_challenge: "c".repeat(43), code_challenge_method: "S512" }, "invalid_request"],
    ] as const;
    for (const [changed, error] of mistakes) {
      const back = await decideOAuth2(authorizeUrl(sandbox, changed), "allow");
      expect(back.searchParams.get("error")).toBe(error);
      expect([back.searchParams.get("code"), back.searchParams.get("state")]).toEqual([null, "s/1 +"]);
    }
  });

  test.each([
    ["an unknown key", { client_id: "nobody" }, "Unknown application"],
    ["another path", { redirect_uri: "http://localhost:4000/other" }, "Unusable redirect_uri"],
    ["another host", { redirect_uri: "https://evil.example/oauth/callback" }, "Unusable redirect_uri"],
    ["no address where the key has two", { redirect_uri: undefined }, "Unusable redirect_uri"],
  ])("sends nobody anywhere for %s", async (_, changed, title) => {
    for (const method of ["GET", "POST"]) {
      const answer = await fetch(authorizeUrl(sandbox, changed), { method, redirect: "manual" });
      expect([answer.status, answer.headers.get("location")]).toEqual([400, null]);
      expect(await answer.text()).toContain(title);
    }
  });

  test("a key for client credentials has no consent page", async () => {
    const only = { ...demoServiceApplication, redirectUris: ["https://app.example/cb"] };
    const service = await startSandbox({ oauth2Applications: [only] });
    const url = authorizeUrl(service, { redirect_uri: undefined });
    expect((await decideOAuth2(url, "allow")).searchParams.get("error")).toBe("unauthorized_client");
    await service.close();
  });
});

describe("the token endpoint", () => {
  test("answers a code as Upwork does", async () => {
    const code = (await decideOAuth2(authorizeUrl(sandbox), "allow")).searchParams.get("code") ?? "";
    const answer = await askToken(sandbox, { grant_type: "authorization_code", code, redirect_uri: redirectUri });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(await answer.json()).toEqual({
      access_token: expect.stringMatching(/^oauth2v2_[0-9a-f]{32}$/),
      refresh_token: expect.stringMatching(/^oauth2v2_[0-9a-f]{32}$/),
      token_type: "Bearer",
      expires_in: 86_400,
    });
    const again = await askToken(sandbox, { grant_type: "authorization_code", code, redirect_uri: redirectUri });
    expect(await bodyOf(again)).toEqual([400, expect.objectContaining({ error: "invalid_grant" })]);
  });

  test("takes the key as Basic for a code", async () => {
    const code = (await decideOAuth2(authorizeUrl(sandbox), "allow")).searchParams.get("code") ?? "";
    const { clientId, clientSecret } = sandbox.oauth2Application;
    const form = { grant_type: "authorization_code", code, redirect_uri: redirectUri };
    expect((await askToken(sandbox, form, { authorization: basic(clientId, clientSecret) })).status).toBe(200);
  });

  test("refuses a code with another address, another verifier, or none where a challenge came", async () => {
    const challenged = authorizeUrl(sandbox, { code_challenge: "v".repeat(43) });
    const code = (await decideOAuth2(challenged, "allow")).searchParams.get("code") ?? "";
    const right = {
      grant_type: "authorization_code",
      code,
      redirect_uri: redirectUri,
      code_verifier: "v".repeat(43),
    };
    const { code_verifier: _, ...withoutVerifier } = right;
    for (const form of [
      { ...right, redirect_uri: "http://localhost:4001/oauth/callback" },
      { ...right, code_verifier: "w".repeat(43) },
      { ...right, code: "0".repeat(32) },
      withoutVerifier,
    ]) {
      expect(await bodyOf(await askToken(sandbox, form))).toEqual([
        400,
        expect.objectContaining({ error: "invalid_grant" }),
      ]);
    }
    expect((await askToken(sandbox, right)).status).toBe(200);
  });

  test("refreshes with a new refresh token each time, the old one good for 24 h more, by its own clock", async () => {
    const timely = await startSandbox();
    const first = await connectOAuth2(timely);
    const second = (await (await refreshOAuth2(timely, first.refresh_token)).json()) as TokenReply;
    expect(second.refresh_token).not.toBe(first.refresh_token);
    timely.clock.advance(24 * hour - 60_000);
    expect((await refreshOAuth2(timely, first.refresh_token)).status).toBe(200);
    expect((await info(second.access_token, timely)).status).toBe(200);
    timely.clock.advance(120_000);
    expect((await info(second.access_token, timely)).status).toBe(401);
    expect(await bodyOf(await refreshOAuth2(timely, first.refresh_token))).toEqual([
      400,
      { error: "invalid_grant", error_description: "Refresh token is expired or revoked or not registered" },
    ]);
    expect((await refreshOAuth2(timely, second.refresh_token)).status).toBe(200);
    await timely.close();
  });

  test("says to the letter what the Node client of 2023 was told: a key in the header does not refresh", async () => {
    const { refresh_token } = await connectOAuth2(sandbox);
    const { clientId, clientSecret } = sandbox.oauth2Application;
    const form = { grant_type: "refresh_token", refresh_token };
    const refreshed = () => askToken(sandbox, form, { authorization: basic(clientId, clientSecret) });
    const refused = await refreshed();
    expect([refused.status, await refused.text()]).toEqual([
      400,
      '{"error":"invalid_request","error_description":"Missing parameters: client_id"}',
    ]);
    sandbox.switches.refreshNeedsClientId = false;
    expect((await refreshed()).status).toBe(200);
  });

  test("names everything that is missing", async () => {
    for (const headers of [{}, { authorization: "Bearer x" }, { authorization: "Basic %%%" }]) {
      const answer = await fetch(`${sandbox.url}/api/v3/oauth2/token`, {
        method: "POST",
        headers,
        body: new URLSearchParams(),
      });
      expect(await bodyOf(answer)).toEqual([
        400,
        { error: "invalid_request", error_description: "Missing parameters: grant_type, client_id" },
      ]);
    }
  });

  test("refuses a wrong secret, an unknown grant, a scope", async () => {
    const { clientId } = sandbox.oauth2Application;
    const wrong = await askToken(sandbox, { grant_type: "client_credentials", client_secret: "wrong" });
    expect(await bodyOf(wrong)).toEqual([401, expect.objectContaining({ error: "invalid_client" })]);
    const header = { authorization: basic(clientId, "wrong") };
    const challenged = await askToken(sandbox, { grant_type: "client_credentials" }, header);
    expect(challenged.headers.get("www-authenticate")).toBe('Basic realm="Upwork"');
    const cases = [
      [{ grant_type: "password" }, "unsupported_grant_type"],
      [{ grant_type: "client_credentials" }, "unauthorized_client"],
      [{ grant_type: "client_credentials", scope: "x" }, "invalid_scope"],
    ] as const;
    for (const [form, error] of cases) {
      expect(await bodyOf(await askToken(sandbox, form))).toEqual([400, expect.objectContaining({ error })]);
    }
  });

  test("gives a key for client credentials a token without a refresh token, and its owner's eyes", async () => {
    const { clientId: client_id, clientSecret: client_secret } = demoServiceApplication;
    const form = { grant_type: "client_credentials", client_id, client_secret };
    const reply = await (await askToken(sandbox, form)).json();
    expect(reply).toEqual({ access_token: expect.any(String), token_type: "Bearer", expires_in: 86_400 });
    const seen = await (await info((reply as TokenReply).access_token)).json();
    expect(seen).toMatchObject({ auth_user: { first_name: "Ada" } });
  });
});

describe("revoking", () => {
  const revoke = (form: Record<string, string>) =>
    fetch(`${sandbox.url}/api/v3/oauth2/token/revoke`, { method: "POST", body: new URLSearchParams(form) });

  test("ends a refresh token and the access tokens of its consent", async () => {
    const { access_token, refresh_token } = await connectOAuth2(sandbox);
    const { clientId: client_id } = sandbox.oauth2Application;
    expect((await revoke({ client_id, token: refresh_token, token_type_hint: "refresh_token" })).status).toBe(200);
    expect((await info(access_token)).status).toBe(401);
    expect((await refreshOAuth2(sandbox, refresh_token)).status).toBe(400);
    expect((await revoke({ client_id, token: refresh_token })).status).toBe(200);
  });

  test("needs a token and a key that is itself", async () => {
    expect(await bodyOf(await revoke({}))).toEqual([
      400,
      { error: "invalid_request", error_description: "Missing parameters: client_id, token" },
    ]);
    const { clientId: client_id } = sandbox.oauth2Application;
    expect((await revoke({ client_id, client_secret: "wrong", token: "x" })).status).toBe(401);
  });
});

test("a bearer token opens the REST endpoints for the person who allowed it, and no other header does", async () => {
  const { access_token } = await connectOAuth2(sandbox, "bruno");
  expect(await (await info(access_token)).json()).toMatchObject({ auth_user: { first_name: "Bruno" } });
  const dead = await info("oauth2v2_00000000000000000000000000000000");
  expect([dead.status, dead.headers.get("x-upwork-error-message")]).toEqual([401, "Authentication failed"]);
  expect((await info(access_token.slice(0, -1))).status).toBe(401);
});

test("a restart keeps tokens, and forgets codes that nobody has used", async () => {
  const folder = temporaryFolder("sandbox-oauth2-");
  const dataFile = join(folder, "tokens.json");
  const before = await startSandbox({ dataFile });
  const kept = await connectOAuth2(before);
  const code = (await decideOAuth2(authorizeUrl(before), "allow")).searchParams.get("code") ?? "";
  await before.close();
  const after = await startSandbox({ dataFile });
  expect((await info(kept.access_token, after)).status).toBe(200);
  expect((await refreshOAuth2(after, kept.refresh_token)).status).toBe(200);
  const late = await askToken(after, { grant_type: "authorization_code", code, redirect_uri: redirectUri });
  expect(late.status).toBe(400);
  await after.close();
});
