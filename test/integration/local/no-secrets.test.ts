import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Oauth1Keys } from "../../../functions/clients/oauth1-keys.ts";
import { signRequest } from "../../../functions/oauth/signing.ts";
import { secretNames } from "../../../functions/platform/names.ts";
import { connectThroughConsent } from "../../../local/connect-through-consent.ts";
import { loadVault } from "../../../local/secret-file.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { type GatewayProcess, startGatewayProcess } from "../../support/gateway-process.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

// The sandbox runs in the test, so that the test knows every secret it gave away and can take it off the network.
const application = {
  consumerKey: "ck-of-the-run",
  consumerSecret: randomBytes(12).toString("hex"),
  type: "web",
} as const;
const today = {
  clientId: "client-id-of-the-run",
  clientSecret: randomBytes(12).toString("hex"),
  ownerId: "ada",
  redirectUris: ["http://localhost/oauth/callback"],
  grants: ["authorization_code"],
} as const;
let dataDir: string;
let upwork: Sandbox;
let gateway: GatewayProcess;
beforeAll(async () => {
  dataDir = temporaryFolder("gateway-secrets-");
  upwork = await startSandbox({ applications: [application], oauth2Applications: [today] });
  gateway = await startGatewayProcess(dataDir, {
    POWERTOOLS_LOG_LEVEL: "DEBUG",
    UPWORK_CONSUMER_KEY: application.consumerKey,
    UPWORK_CONSUMER_SECRET: application.consumerSecret,
    UPWORK_CLIENT_ID: today.clientId,
    UPWORK_CLIENT_SECRET: today.clientSecret,
    UPWORK_URL: upwork.url,
    UPWORK_GRAPHQL_URL: upwork.url,
    // The run is faster than ten calls a second.
    GATEWAY_LIMITS: '[{"name":"day","quota":100,"seconds":86400}]',
  });
});
const storedSecrets = () => loadVault(join(dataDir, "live", "secrets", "secrets.json"));
function adminKey(): string {
  const value = storedSecrets().get(secretNames.adminKey("upwork-gateway/local"))?.versions.at(-1)?.value;
  return JSON.parse(value !== undefined && "string" in value ? value.string : "{}").current;
}
afterAll(async () => {
  await gateway.stop("SIGKILL");
  await upwork.close();
});

test("no log line, page, header or error of a full run carries a secret", async () => {
  const welcome = gateway.output().length;
  const answers: string[] = [];
  const get = async (path: string, headers: Record<string, string> = {}, body?: string) => {
    const init = body === undefined ? {} : { method: "POST", body };
    const answer = await fetch(new URL(path, gateway.url), { redirect: "manual", headers, ...init });
    answers.push(`${answer.status} ${JSON.stringify([...answer.headers])} ${await answer.text()}`);
    return answer.status;
  };
  const secrets = new Map<string, string>([
    ["consumer secret", application.consumerSecret],
    ["client key", gateway.clientKey],
    // A key that lost its prefix escapes the patterns by which keys are masked.
    ["end of the client key", gateway.clientKey.slice(-16)],
  ]);
  /** Walks to the callback without opening it, and notes all that was secret on the way. */
  const walk = async (connection: string, decision: "allow" | "deny") => {
    const { callbackUrl, cookie } = await connectThroughConsent(gateway.url, connection, decision, { finish: false });
    const query = new URL(callbackUrl).searchParams;
    const token = query.get("oauth_token") ?? "";
    secrets.set(`${connection}: request token`, token);
    secrets.set(`${connection}: request token secret`, upwork.tokens.requestToken(token)?.secret ?? "");
    if (decision === "allow") secrets.set(`${connection}: verifier`, query.get("oauth_verifier") ?? "");
    secrets.set(`${connection}: cookie`, cookie.split("=")[1] ?? "");
    return { callbackUrl, headers: { cookie } };
  };
  const key = { authorization: `Bearer ${gateway.clientKey}` };
  const walkToday = async (connection: string) => {
    const options = { auth: "oauth2", finish: false } as const;
    const { callbackUrl, cookie } = await connectThroughConsent(gateway.url, connection, "allow", options);
    for (const [name, value] of new URL(callbackUrl).searchParams) secrets.set(`${connection}: ${name}`, value);
    secrets.set(`${connection}: cookie`, cookie.split("=")[1] ?? "");
    return { callbackUrl, headers: { cookie } };
  };
  const graphql = (query: string) =>
    get(
      "/graphql",
      { ...key, "connection-id": "today", "content-type": "application/json" },
      JSON.stringify({ query }),
    );

  /** Makes something over the admin API. Its answer may show a secret, this once, so it is not among the answers. */
  const make = async <Made>(path: string, value?: unknown): Promise<Made> => {
    const headers = { authorization: `Bearer ${adminKey()}`, "content-type": "application/json" };
    const body = value === undefined ? {} : { body: JSON.stringify(value) };
    const answer = await fetch(new URL(path, gateway.url), { method: "POST", headers, ...body });
    expect(answer.status, path).toBe(201);
    return (await answer.json()) as Made;
  };

  // The good way.
  const good = await walk("demo", "allow");
  expect(await get(good.callbackUrl, good.headers)).toBe(200);
  expect(await get("/api/auth/v1/info", key)).toBe(200);
  expect(await get("/")).toBe(200);
  expect(await get("/budget", key)).toBe(200);

  const goodToday = await walkToday("today");
  expect(await get(goodToday.callbackUrl, goodToday.headers)).toBe(200);
  expect(await graphql("{ user { nid } }")).toBe(200);
  expect(await graphql("{ user { shoeSize } }")).toBe(200);
  expect(await graphql("{ user {")).toBe(400);

  // What admins make, use and look at.
  const admin = { authorization: `Bearer ${adminKey()}`, "content-type": "application/json" };
  const webhook = await make<{ webhook: { id: string }; secret: string }>("/admin/webhooks", {
    name: "ours",
    url: "http://localhost:1/",
    headers: { "x-receiver": "header-of-the-receiver" },
  });
  secrets.set("header of a webhook", "header-of-the-receiver");
  const toWebhook = `/admin/webhooks/${webhook.webhook.id}`;
  expect(await get(`${toWebhook}/test`, admin, "")).toBe(200);
  const signed = await make<{ url: string; secret: string }>("/admin/hooks", {
    name: "signed",
    client: "demo",
    action: { path: "/api/auth/v1/info" },
  });
  const open = await make<{ url: string }>("/admin/hooks", {
    name: "by its address",
    client: "demo",
    action: { path: "/api/auth/v1/info" },
    auth: "path",
  });
  secrets.set("address of a hook", open.url.split(".").at(-1) ?? "");
  expect(await get(open.url, { prefer: "wait" }, "{}")).toBe(200);
  expect(await get(`${open.url}x`, {}, "{}")).toBe(404);
  expect(await get(signed.url, { "webhook-id": "1", "webhook-timestamp": "1", "webhook-signature": "v1,x" }, "")).toBe(
    401,
  );
  const { key: made } = await make<{ key: { key: string } }>("/admin/clients", { id: "crm", connection: "demo" });
  secrets.set("key of a new client", made.key);
  expect(await get("/api/auth/v1/info", { "x-api-key": made.key })).toBe(200);
  expect(await get("/api/hr/v2/jobs", { "x-api-key": made.key }, "{}")).toBe(403);
  const keys = await make<Oauth1Keys>("/admin/clients/crm/oauth1-keys");
  for (const method of ["GET", "PUT"]) {
    const { header } = signRequest({
      method,
      url: new URL("/api/auth/v1/info", gateway.url),
      parameters: [],
      consumer: { key: keys.consumerKey, secret: keys.consumerSecret },
      token: { key: keys.token, secret: keys.tokenSecret },
      nonce: method,
      timestamp: Math.floor(Date.now() / 1000),
    });
    expect(await get("/api/auth/v1/info", { authorization: header })).toBe(method === "GET" ? 200 : 401);
  }
  const link = await make<{ url: string }>("/admin/connections/linked/link");
  secrets.set("connect link", new URL(link.url).searchParams.get("link") ?? "");
  expect(await get(link.url)).toBe(302);
  expect(await get(link.url)).toBe(410);
  for (const path of [
    "",
    "/calls",
    "/clients",
    "/clients/crm/keys",
    "/clients/crm/oauth1-keys",
    "/connections",
    "/connections/today",
    "/hooks",
    "/webhooks",
  ]) {
    expect(await get(`/admin${path}`, admin), path).toBe(200);
  }
  expect(await get(toWebhook, admin)).toBe(200);
  expect(await get(`${toWebhook}/deliveries`, admin)).toBe(200);
  expect(await get("/admin", { authorization: `${admin.authorization}x` })).toBe(401);
  expect(await get("/login", {}, `key=${adminKey()}x`)).toBe(401);

  // Every way in which things go wrong and get talked about.
  expect(await get(good.callbackUrl, good.headers)).toBe(410);
  const denied = await walk("denied", "deny");
  expect(await get(denied.callbackUrl, denied.headers)).toBe(200);
  const foreign = await walk("foreign", "allow");
  expect(await get(foreign.callbackUrl)).toBe(400);
  const forged = new URL(foreign.callbackUrl);
  forged.searchParams.set("oauth_verifier", "f".repeat(32));
  expect(await get(forged.href, foreign.headers)).toBe(502);
  expect(await get("/api/auth/v1/info", { authorization: `${key.authorization}x` })).toBe(401);
  expect(await get("/api/nothing", { "x-api-key": gateway.clientKey })).toBe(404);
  expect(await get(`/api/hr/v2/companies?oauth_token=${gateway.clientKey}`, key)).toBe(400);
  expect(await get(goodToday.callbackUrl, goodToday.headers)).toBe(410);
  const foreignToday = await walkToday("foreign-today");
  expect(await get(foreignToday.callbackUrl)).toBe(400);
  const forgedToday = new URL(foreignToday.callbackUrl);
  forgedToday.searchParams.set("code", "f".repeat(32));
  expect(await get(forgedToday.href, foreignToday.headers)).toBe(410);
  for (const [name, { versions }] of storedSecrets()) {
    for (const { value } of versions) {
      const members = JSON.parse("string" in value ? value.string : "{}") as Record<string, unknown>;
      for (const [member, text] of Object.entries(members)) {
        if (typeof text === "string") secrets.set(`${name} ${member}`, text);
      }
    }
  }
  upwork.tokens.revokeAll();
  upwork.oauth2Tokens.revokeAll();
  expect(await graphql("{ user { nid } }")).toBe(401);
  expect(await get("/api/auth/v1/info", key)).toBe(401);
  const stranded = await walk("stranded", "allow");
  await upwork.close();
  expect(await get(stranded.callbackUrl, stranded.headers)).toBe(502);
  expect(await get("/api/auth/v1/info", key)).toBe(502);
  expect(await get("/oauth/start?connection=late")).toBe(502);
  await gateway.stop("SIGINT");

  // What is no secret: the kind of a credential, and the id of a key or token, which requests and addresses show.
  const known = ["oauth1", "oauth2", "authorization_code", application.consumerKey, today.clientId, keys.token];
  for (const [name, value] of secrets) if (known.includes(value)) secrets.delete(name);
  const names = [...secrets.keys()].join();
  for (const kind of [
    "request token secret",
    "verifier",
    "cookie",
    "application/oauth1",
    "accessTokenSecret",
    "application/oauth2",
    "today: code",
    "today: state",
    "today refreshToken",
    "admin-key",
    `${webhook.webhook.id} current`,
    "header of a webhook",
    "address of a hook",
    "key of a new client",
    `${keys.consumerKey} consumerSecret`,
    `${keys.consumerKey} tokenSecret`,
    "connect link",
  ]) {
    expect(names).toContain(kind);
  }
  // The welcome shows the client key on purpose; it also shows that a secret in the output would be found.
  const [shown, logs] = [gateway.output().slice(0, welcome), gateway.output().slice(welcome)];
  expect(shown).toContain(gateway.clientKey);
  for (const line of ["answered", "refused", "connection not finished", "no request token"]) {
    expect(logs).toContain(`"message":"${line}"`);
  }
  for (const [name, secret] of secrets) {
    expect(secret.length, name).toBeGreaterThan(8);
    expect(logs, `${name} in a log line`).not.toContain(secret);
    for (const answer of answers) expect(answer, `${name} in an answer`).not.toContain(secret);
  }
});
