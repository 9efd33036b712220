import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ledNowhere } from "../../../functions/oauth/connect.ts";
import { type ConnectOauth2Dependencies, finishOauth2, startOauth2 } from "../../../functions/oauth/connect-oauth2.ts";
import { finishPage } from "../../../functions/oauth/pages.ts";
import { Problem } from "../../../functions/platform/problem.ts";
import { adaWithTwoTenants, sendJson } from "../../support/graphql-upstream.ts";
import { callbackUrl, connectingIn, type Oauth2World, openOauth2World, tokenPath } from "../../support/oauth2-world.ts";
import { decideOAuth2 } from "../../support/sandbox-oauth2.ts";

let world: Oauth2World;
let dependencies: ConnectOauth2Dependencies;

beforeAll(async () => {
  world = await openOauth2World();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.reset();
  world.graphql.answer = (_request, response) => void sendJson(response, { data: adaWithTwoTenants });
  dependencies = connectingIn(world);
});

async function start(options: { connection?: string; replace?: boolean } = {}) {
  const request = { connection: "acme", replace: false, browserSecret: undefined, ...options };
  const result = await startOauth2(dependencies, request);
  if (result.kind !== "redirect") throw new Error(result.kind);
  return result;
}

/** Consent up to the callback. */
async function consent(decision: "allow" | "deny" = "allow", options: Parameters<typeof start>[0] = {}) {
  const { location, browserSecret } = await start(options);
  const back = (await decideOAuth2(new URL(location), decision)).searchParams;
  const given = (name: string) => back.get(name) ?? undefined;
  return { state: given("state"), code: given("code"), error: given("error"), iss: given("iss"), browserSecret };
}
const exchanges = () => world.sandbox.received.get(tokenPath) ?? 0;

describe("the way to the consent page", () => {
  test("asks for a code with state, PKCE S256 and the exact callback, and for no scope", async () => {
    const { location } = await start();
    const url = new URL(location);
    expect(url.origin + url.pathname).toBe(`${world.sandbox.url}/ab/account-security/oauth2/authorize`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: "code",
      client_id: "key",
      redirect_uri: callbackUrl,
      state: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      code_challenge: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      code_challenge_method: "S256",
    });
    expect(await (await fetch(location)).text()).toContain("Allow access?");
  });

  test("is another for every start, also from the same browser, whose cookie stays", async () => {
    const first = await start();
    const request = { connection: "acme", replace: false, browserSecret: first.browserSecret };
    const second = await startOauth2(dependencies, request);
    expect(second).toMatchObject({ browserSecret: first.browserSecret });
    const states = [first, second].map((result) =>
      result.kind === "redirect" ? new URL(result.location).searchParams.get("state") : undefined,
    );
    expect(states[0]).not.toBe(states[1]);
  });

  test("stores no secret of the browser's, so that the table alone redeems no code", async () => {
    const { location, browserSecret } = await start();
    const state = new URL(location).searchParams.get("state") ?? "";
    const stored = JSON.stringify(await dependencies.authorisations.find(state));
    expect(stored).not.toContain(browserSecret);
    expect(stored).not.toContain("verifier");
  });
});

describe("coming back", () => {
  test("stores the tokens as a secret, and says whose account it is and for which organisations", async () => {
    const result = await finishOauth2(dependencies, await consent());
    expect(result).toMatchObject({
      kind: "connected",
      auth: "oauth2",
      account: { reference: "1000001", name: "ada" },
      tenant: { id: "1001", name: "Ada Larsen" },
    });
    const credentials = await world.connections.credentials("acme");
    if (credentials.auth !== "oauth2") throw new Error(credentials.auth);
    expect(world.sandbox.oauth2Tokens.find(credentials.accessToken, world.clock)).toMatchObject({ userId: "ada" });
    expect(credentials).toMatchObject({ version: 1, expiresAt: world.clock + 86_400_000 });
    const shown = await world.connections.list();
    expect(shown).toMatchObject([
      {
        name: "acme",
        auth: "oauth2",
        status: "connected",
        tenant: "1001",
        tenants: [{ id: "1001" }, { id: "1002", name: "Larsen & Co" }],
        tokenExpiresAt: new Date(credentials.expiresAt).toISOString(),
      },
    ]);
    expect(JSON.stringify(shown)).not.toContain(credentials.accessToken);
    expect(world.graphql.received[0]?.headers.authorization).toBe(`Bearer ${credentials.accessToken}`);
  });

  test("counts its two calls: the exchange, and who it is", async () => {
    await finishOauth2(dependencies, await consent());
    expect(world.spent).toBe(2);
  });

  test("exchanges once, however many callbacks arrive at the same time", async () => {
    const callback = await consent();
    const before = exchanges();
    const results = await Promise.all(Array.from({ length: 8 }, () => finishOauth2(dependencies, callback)));
    expect(results.map(({ kind }) => kind).toSorted()).toEqual(["connected", ...Array(7).fill("replayed")]);
    expect(exchanges()).toBe(before + 1);
  });

  test("in another browser is refused, and stays possible for its owner", async () => {
    const callback = await consent();
    for (const browserSecret of [undefined, "x".repeat(43)]) {
      expect(await finishOauth2(dependencies, { ...callback, browserSecret })).toEqual({ kind: "other-browser" });
    }
    expect((await finishOauth2(dependencies, callback)).kind).toBe("connected");
  });

  test("is possible for 600 s and no longer", async () => {
    const late = await consent();
    const inTime = await consent();
    world.clock += 600_000;
    expect((await finishOauth2(dependencies, inTime)).kind).toBe("connected");
    world.clock += 1;
    expect(await finishOauth2(dependencies, late)).toMatchObject({ kind: "expired", connection: "acme" });
  });

  test("after a denial changes nothing, and may be tried again", async () => {
    const callback = await consent("deny");
    expect(callback).toMatchObject({ error: "access_denied", code: undefined });
    expect(await finishOauth2(dependencies, callback)).toMatchObject({ kind: "denied", connection: "acme" });
    expect(await world.connections.find("acme")).toMatchObject({ status: "started", auth: "oauth2" });
    expect(world.spent).toBe(0);
  });

  test.each([
    ["server_error", "server_error"],
    ["<script>", "unknown_error"],
  ])("with error %s says so", async (error, code) => {
    const callback = { ...(await consent()), code: undefined, error };
    expect(await finishOauth2(dependencies, callback)).toMatchObject({ kind: "refused", connection: "acme", code });
  });

  test("from another issuer sends nothing anywhere (RFC 9207)", async () => {
    const callback = await consent();
    const before = exchanges();
    expect(await finishOauth2(dependencies, { ...callback, iss: "https://evil.example" })).toEqual({
      kind: "mixed-up",
    });
    expect(exchanges()).toBe(before);
    expect((await finishOauth2(dependencies, { ...callback, iss: `${world.sandbox.url}/` })).kind).toBe("connected");
  });

  test("with what cannot be a state or a code makes no call", async () => {
    const callback = await consent();
    for (const state of [undefined, "", "a b", "x".repeat(10_000), "<script>"]) {
      expect(await finishOauth2(dependencies, { ...callback, state })).toEqual({ kind: "token-malformed" });
    }
    expect(await finishOauth2(dependencies, { ...callback, state: "unknown" })).toEqual({ kind: "token-unknown" });
    expect(await finishOauth2(dependencies, { ...callback, code: "\u0000" })).toEqual({ kind: "token-malformed" });
    expect(world.spent).toBe(0);
  });

  test("with a code of somebody else's is refused by PKCE", async () => {
    const [mine, theirs] = [await consent(), await consent("allow", { connection: "other" })];
    expect(await finishOauth2(dependencies, { ...mine, code: theirs.code })).toMatchObject({
      kind: "refused",
      connection: "acme",
      code: "invalid_grant",
    });
  });
});

describe("trouble", () => {
  test("of the network keeps the consent good, so that a reload can finish it", async () => {
    const callback = await consent();
    const unreachable = { ...dependencies, provider: { ...world.provider, origin: "http://127.0.0.1:9" } };
    expect((await finishOauth2(unreachable, callback)).kind).toBe("upstream-trouble");
    expect((await finishOauth2(dependencies, callback)).kind).toBe("connected");
  });

  test("of the budget keeps the consent good", async () => {
    const callback = await consent();
    const spend = () => Promise.reject(new Problem("quota-exceeded", "used up"));
    const refusing = { ...dependencies, provider: { ...world.provider, spend } };
    await expect(finishOauth2(refusing, callback)).rejects.toThrow("used up");
    expect((await finishOauth2(dependencies, callback)).kind).toBe("connected");
  });

  test("with the application's secret is named", async () => {
    const application = { ...world.provider.application, clientSecret: "rotated" };
    const wrong = { ...dependencies, provider: { ...world.provider, application } };
    expect(await finishOauth2(wrong, await consent())).toMatchObject({ kind: "refused", code: "invalid_client" });
  });

  test("with asking who it is leaves the connection as it was, and starting again works", async () => {
    const { answer } = world.graphql;
    world.graphql.answer = (_request, response) => void response.writeHead(403).end("<html>Just a moment...</html>");
    const result = await finishOauth2(dependencies, await consent());
    expect(result).toMatchObject({ kind: "owner-unknown", connection: "acme", auth: "oauth2", replace: false });
    expect(await world.connections.find("acme")).toMatchObject({ status: "started" });
    const page = finishPage(result, "request-1");
    expect(page.status).toBe(502);
    expect(page.body).not.toContain("Reload");
    expect(page.body).toContain('href="/oauth/start?connection=acme&amp;auth=oauth2"');
    world.graphql.answer = answer;
    expect((await finishOauth2(dependencies, await consent())).kind).toBe("connected");
  });

  test("of the budget with asking who it is says when to come back, and keeps what was there", async () => {
    await finishOauth2(dependencies, await consent());
    const before = await world.connections.credentials("acme");
    const spends = [world.provider.spend];
    const refuse = () => Promise.reject(new Problem("quota-exceeded", "The hour is used up."));
    const spend: typeof world.provider.spend = (send) => (spends.shift() ?? refuse)(send);
    const refusing = { ...dependencies, provider: { ...world.provider, spend } };
    const result = await finishOauth2(refusing, await consent());
    expect(result.kind).toBe("owner-unknown");
    expect(finishPage(result, "request-1")).toMatchObject({ status: 429, body: expect.stringContaining("used up") });
    expect((await world.another().connections.stored("acme")).credentials).toEqual(before);
  });

  test.each([
    [200, "<html>", true],
    [403, "<html>Just a moment...</html>", false],
    [503, "", true],
  ])("with an answer %i %j to the exchange says Reload only where that works", async (status, body, mayReload) => {
    const callback = await consent();
    const spend = async () => ({ status, headers: {}, body: Buffer.from(body) });
    const result = await finishOauth2({ ...dependencies, provider: { ...world.provider, spend } }, callback);
    expect(result).toMatchObject({ kind: "upstream-trouble", mayReload });
    expect(String(finishPage(result, "request-1").body).includes("Reload")).toBe(mayReload);
    expect((await finishOauth2(dependencies, callback)).kind).toBe(mayReload ? "connected" : "replayed");
  });
});

describe("whose account it is", () => {
  test("is asked for piece by piece where the key lacks a permission, and may stay unknown", async () => {
    const scope =
      "The client or authentication token doesn't have enough oauth2 permissions/scopes to access: [User.id].";
    world.graphql.answer = ({ body }, response) =>
      void sendJson(
        response,
        body.query?.includes("user")
          ? { errors: [{ message: scope, extensions: { classification: "ExecutionAborted" } }] }
          : { data: { companySelector: adaWithTwoTenants.companySelector } },
      );
    expect(await finishOauth2(dependencies, await consent())).toMatchObject({
      kind: "connected",
      account: { reference: "", name: "" },
      tenant: { id: "1001" },
    });
  });

  test("keeps a connection from being taken over by another account, unless asked", async () => {
    await finishOauth2(dependencies, await consent());
    const bruno = { ...adaWithTwoTenants, user: { id: "2", nid: "bruno", rid: "1000002" } };
    world.graphql.answer = (_request, response) => void sendJson(response, { data: bruno });
    expect(await finishOauth2(dependencies, await consent())).toEqual({
      kind: "other-account",
      auth: "oauth2",
      connection: "acme",
      connected: "ada",
      offered: "bruno",
    });
    expect(await finishOauth2(dependencies, await consent("allow", { replace: true }))).toMatchObject({
      kind: "connected",
      account: { name: "bruno" },
    });
    expect(await world.connections.credentials("acme")).toMatchObject({ version: 2 });
  });
});

test("a key of the client-credentials kind is connected without a consent page, and has no refresh token", async () => {
  dependencies.provider = {
    ...world.provider,
    application: { clientId: "service", clientSecret: "secret", grant: "client_credentials" },
  };
  const request = { connection: "own", replace: false, browserSecret: undefined };
  expect(await startOauth2(dependencies, request)).toMatchObject({
    kind: "finished",
    result: { kind: "connected", connection: "own", account: { name: "ada" } },
  });
  expect(await world.connections.credentials("own")).not.toHaveProperty("refreshToken");
});

test("a start that ended by nobody's fault there leaves its one-time link good", async () => {
  dependencies.provider = {
    ...world.provider,
    application: { clientId: "service", clientSecret: "rotated", grant: "client_credentials" },
  };
  const request = { connection: "own", replace: false, browserSecret: undefined };
  const refused = await startOauth2(dependencies, request);
  expect(refused).toMatchObject({ kind: "finished", result: { kind: "refused", code: "invalid_client" } });
  expect(ledNowhere(refused)).toBe(true);
  dependencies.provider.application.clientSecret = "secret";
  expect(ledNowhere(await startOauth2(dependencies, request))).toBe(false);
});

test("refuses names that are not fit for a URL and a secret", async () => {
  for (const connection of ["", "UPPER", "a/b", "../x"]) {
    const request = { connection, replace: false, browserSecret: undefined };
    expect(await startOauth2(dependencies, request)).toEqual({ kind: "name-refused" });
  }
});
