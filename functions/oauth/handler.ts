import { openLedger } from "../budget/open-ledger.ts";
import { openAdminDoor } from "../clients/admin-door.ts";
import { createDynamo, createSecretsManager } from "../platform/aws.ts";
import { readConfig } from "../platform/config.ts";
import type { HttpRequest, HttpResponse } from "../platform/http.ts";
import { logger } from "../platform/log.ts";
import { httpFunction } from "../platform/middleware.ts";
import { Problem } from "../platform/problem.ts";
import { requireSameSite } from "../platform/same-site.ts";
import { createSecretStore } from "../platform/secrets.ts";
import { gatewaySpend } from "../proxy/gateway-spend.ts";
import { openRaiseEvent } from "../webhooks/open-raise.ts";
import { configuredAuths, readOauth1Application } from "./application.ts";
import { createAuthorisationStore } from "./authorisations.ts";
import { type ConnectDependencies, chooseAuth, type FinishResult, ledNowhere, type StartResult } from "./connect.ts";
import { createConnectLinkStore } from "./connect-links.ts";
import { type ConnectOauth1Dependencies, finishOauth1, startOauth1 } from "./connect-oauth1.ts";
import { type ConnectOauth2Dependencies, finishOauth2, startOauth2 } from "./connect-oauth2.ts";
import { createConnectionStore } from "./connections.ts";
import { openRenewal } from "./open-renewal.ts";
import { finishPage, problemPage, startTroublePage } from "./pages.ts";
import { saveConsent } from "./save-consent.ts";

const config = readConfig();
const table = { dynamo: createDynamo(), name: config.stateTable };
const secrets = createSecretStore(createSecretsManager());
const isSecure = config.publicUrl.startsWith("https:");
const cookieName = isSecure ? "__Host-gateway-connect" : "gateway-connect";
const door = openAdminDoor(config, secrets, table);
const ledger = openLedger(config);
const spend = gatewaySpend(ledger);
const links = createConnectLinkStore(table);
const authorisations = createAuthorisationStore(table);
const connections = createConnectionStore(table, secrets, config.secretPrefix);
const renewal = openRenewal(config, { table, secrets, connections, spend, raise: openRaiseEvent(table) });
const common: ConnectDependencies = {
  authorisations,
  connections,
  save: (name, consent) => saveConsent(renewal, name, consent),
  callbackUrl: `${config.publicUrl}/oauth/callback`,
  now: Date.now,
};

export const handler = httpFunction(async (request) => {
  try {
    return request.path === "/oauth/start" ? await start(request) : await callback(request);
  } catch (error) {
    // Whoever is here sits before a browser: a refusal is a page, not a problem document.
    if (error instanceof Problem) return problemPage(error);
    throw error;
  }
});

async function oauth1(): Promise<ConnectOauth1Dependencies> {
  const consumer = await readOauth1Application(secrets, config.secretPrefix);
  const { upstream: origin, upstreamTimeoutMs: timeoutMs } = config;
  return { ...common, provider: { origin, consumer, timeoutMs, now: Date.now, spend } };
}

async function oauth2(): Promise<ConnectOauth2Dependencies> {
  return { ...common, provider: await renewal.provider() };
}

/** Begins to connect: an admin whatever the query says, anybody else what a one-time link says. */
async function start(request: HttpRequest): Promise<HttpResponse> {
  const query = new URLSearchParams(request.rawQuery);
  const token = query.get("link") ?? undefined;
  if (token === undefined) {
    // Another site's page could otherwise spend units and leave connections behind, where the door is open.
    requireSameSite(request);
    if (!(await door.admits(request))) return { status: 303, headers: { location: "/", "cache-control": "no-store" } };
    const connection = query.get("connection") ?? "";
    const auth = query.get("auth") || undefined;
    return startAnswer(
      await begin({ connection, auth, replace: query.get("replace") === "true" }, request),
      request.id,
    );
  }
  const link = await links.claim(token, Date.now());
  // A link that led nowhere for a reason of the gateway's or of Upwork's is as good as before.
  const result = await begin(link, request).catch(async (error: unknown) => {
    await links.release(token);
    throw error;
  });
  if (ledNowhere(result)) await links.release(token);
  return startAnswer(result, request.id);
}

async function begin(
  asked: { connection: string; auth: string | undefined; replace: boolean },
  request: HttpRequest,
): Promise<StartResult> {
  const { connection, replace } = asked;
  const auth = await chooseAuth(asked.auth, {
    known: async () => (await connections.find(connection))?.auth,
    configured: () => configuredAuths(secrets, config.secretPrefix),
  });
  const begun = { connection, replace, browserSecret: request.cookies[cookieName] };
  return auth === "oauth1" ? startOauth1(await oauth1(), begun) : startOauth2(await oauth2(), begun);
}

function startAnswer(result: StartResult, requestId: string): HttpResponse {
  if (result.kind === "finished") return finishAnswer(result.result, requestId);
  if (result.kind !== "redirect") {
    if (result.kind === "upstream-trouble") logger.warn("no request token", { error: String(result.error) });
    return startTroublePage(result, requestId);
  }
  // Lax, not Strict: the cookie must come along when Upwork sends the browser back.
  const cookie = `${cookieName}=${result.browserSecret}; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600${isSecure ? "; Secure" : ""}`;
  return {
    status: 302,
    headers: { location: result.location, "cache-control": "no-store", "referrer-policy": "no-referrer" },
    cookies: [cookie],
  };
}

/** Both generations come back to one address, and are told apart by what they bring. */
async function callback(request: HttpRequest): Promise<HttpResponse> {
  const query = new URLSearchParams(request.rawQuery);
  const given = (name: string) => query.get(name) || undefined;
  const browserSecret = request.cookies[cookieName];
  const token = query.get("oauth_token") ?? undefined;
  const state = given("state");
  // Asked before any application is read: of two, one may not be configured.
  if (token === undefined && state === undefined) return finishAnswer({ kind: "token-malformed" }, request.id);
  const result =
    token === undefined
      ? await finishOauth2(await oauth2(), {
          state,
          code: given("code"),
          error: given("error"),
          iss: given("iss"),
          browserSecret,
        })
      : await finishOauth1(await oauth1(), { token, verifier: given("oauth_verifier"), browserSecret });
  return finishAnswer(result, request.id);
}

function finishAnswer(result: FinishResult, requestId: string): HttpResponse {
  if (result.kind === "upstream-trouble" || result.kind === "owner-unknown") {
    logger.warn("connection not finished", { because: result.kind, error: String(result.error) });
  }
  if (result.kind === "refused") logger.warn("connection refused", { code: result.code });
  return finishPage(result, requestId);
}
