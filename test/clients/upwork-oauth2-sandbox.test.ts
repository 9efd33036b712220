import { createRequire } from "node:module";
import { afterAll, beforeAll, expect, test } from "vitest";
import { demoServiceApplication } from "../../sandbox/applications.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { decideOAuth2, redirectUri } from "../support/sandbox-oauth2.ts";

// Upwork's current client against the sandbox; its URLs are hard-coded, so they alone are changed.
type Token = { access_token: string; refresh_token?: string; expires_in: number };
type Api = {
  getAuthorizationUrl(): string;
  getToken(code: string, done: (error: unknown, token: { token: Token } | undefined) => void): void;
  setNewAccessTokenPair(pair: { token: Token }, done: (token: Token) => void): void;
  setAccessToken(done: (token: Token) => void): void;
  setOrgUidHeader(tenantId: string): void;
};
type Options = Record<string, string>;

const load = createRequire(import.meta.url);
const library = "@upwork/node-upwork-oauth2";
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

function apiFor(options: Options): Api {
  // The library must come first: its other files live on a global that it sets.
  const UpworkApi = load(library);
  const [Config, Client] = [load(`${library}/lib/config.js`), load(`${library}/lib/client.js`)];
  const config = Object.assign(new Config(options), {
    tokenHost: sandbox.url,
    baseUrl: `${sandbox.url}/api/`,
    gqlUrl: `${sandbox.url}/graphql`,
  });
  return new UpworkApi(options, new Client(config));
}

const getToken = (api: Api, code: string) =>
  new Promise<{ token: Token } | undefined>((resolve) => api.getToken(code, (_error, token) => resolve(token)));

function graphql(api: Api, query: string): Promise<{ status: number; data: unknown }> {
  const { Graphql } = load(`${library}/lib/routers/graphql.js`);
  return new Promise((resolve, reject) =>
    new Graphql(api).execute({ query }, (error: unknown, status: number, data: unknown) =>
      error ? reject(error) : resolve({ status, data }),
    ),
  );
}

test("Upwork's current client connects, asks, changes the organisation, and refreshes what has expired", async () => {
  const { clientId, clientSecret } = sandbox.oauth2Application;
  const options = { clientId, clientSecret, redirectUri, state: "a state" };
  const api = apiFor(options);
  const back = await decideOAuth2(new URL(api.getAuthorizationUrl()), "allow", "bruno");
  expect(back.searchParams.get("state")).toBe("a state");
  const pair = await getToken(api, back.searchParams.get("code") ?? "");
  if (pair === undefined) throw new Error("no token for a code");
  await new Promise<Token>((resolve) => api.setNewAccessTokenPair(pair, resolve));

  const selector = "{ user { nid } companySelector { items { title organizationId } } }";
  const asked = await graphql(api, selector);
  expect(asked).toMatchObject({ status: 200, data: { data: { user: { nid: "bruno" } } } });
  const { companySelector } = (asked.data as { data: { companySelector: { items: { organizationId: string }[] } } })
    .data;
  const company = companySelector.items[1]?.organizationId ?? "";
  api.setOrgUidHeader(company);
  expect(await graphql(api, "{ organization { id } }")).toMatchObject({
    data: { data: { organization: { id: company } } },
  });

  // A day later: the client notices the expiry by itself, and refreshes as it always does, with the key in the body.
  const later = apiFor({
    ...options,
    accessToken: pair.token.access_token,
    refreshToken: pair.token.refresh_token ?? "",
    expiresIn: "86399",
    expiresAt: "2018-01-01T08:30:45.016Z",
  });
  sandbox.clock.advance(25 * 3_600_000);
  expect(await graphql(api, selector)).toEqual({ status: 401, data: { message: "Authentication failed" } });
  const fresh = await new Promise<Token>((resolve) => later.setAccessToken(resolve));
  expect(fresh.access_token).not.toBe(pair.token.access_token);
  expect(await graphql(later, selector)).toMatchObject({ status: 200, data: { data: { user: { nid: "bruno" } } } });
});

test("Upwork's current client gets a token for a key that acts for its owner", async () => {
  const { clientId, clientSecret } = demoServiceApplication;
  const api = apiFor({ clientId, clientSecret, grantType: "client_credentials" });
  const pair = await getToken(api, "");
  expect(pair?.token).toMatchObject({ access_token: expect.any(String), expires_in: 86_400 });
  expect(pair?.token).not.toHaveProperty("refresh_token");
});
