import { gatewayClient } from "../budget/gateway-client.ts";
import { openLedger } from "../budget/open-ledger.ts";
import { spendOne } from "../budget/spend.ts";
import { openAdminDoor } from "../clients/admin-door.ts";
import { createDynamo, createSecretsManager } from "../platform/aws.ts";
import { readConfig } from "../platform/config.ts";
import type { HttpRequest, HttpResponse } from "../platform/http.ts";
import { logger } from "../platform/log.ts";
import { httpFunction } from "../platform/middleware.ts";
import { Problem } from "../platform/problem.ts";
import { createSecretStore } from "../platform/secrets.ts";
import { readOauth1Application } from "./application.ts";
import { createAuthorisationStore } from "./authorisations.ts";
import { type ConnectDependencies, finishConnecting, startConnecting } from "./connect.ts";
import { createConnectionStore } from "./connections.ts";
import { finishPage, problemPage, startTroublePage } from "./pages.ts";

const config = readConfig();
const table = { dynamo: createDynamo(), name: config.stateTable };
const secrets = createSecretStore(createSecretsManager());
const isSecure = config.publicUrl.startsWith("https:");
const cookieName = isSecure ? "__Host-gateway-connect" : "gateway-connect";
const door = openAdminDoor(config, secrets);
const ledger = openLedger(config);
const authorisations = createAuthorisationStore(table);
const connections = createConnectionStore(table, secrets, config.secretPrefix);

export const handler = httpFunction(async (request) => {
  try {
    return await answer(request);
  } catch (error) {
    // Whoever is here sits before a browser: a refusal is a page, not a problem document.
    if (error instanceof Problem) return problemPage(error);
    throw error;
  }
});

async function answer(request: HttpRequest): Promise<HttpResponse> {
  const dependencies: ConnectDependencies = {
    provider: {
      origin: config.upstream,
      consumer: await readOauth1Application(secrets, config.secretPrefix),
      timeoutMs: config.upstreamTimeoutMs,
      now: Date.now,
      spend: async (send) => (await spendOne(ledger, send, { client: gatewayClient })).answer,
    },
    authorisations,
    connections,
    callbackUrl: `${config.publicUrl}/oauth/callback`,
    now: Date.now,
  };
  return request.path === "/oauth/start" ? start(dependencies, request) : callback(dependencies, request);
}

async function start(dependencies: ConnectDependencies, request: HttpRequest): Promise<HttpResponse> {
  if (!(await door.admits(request))) return { status: 303, headers: { location: "/", "cache-control": "no-store" } };
  const query = new URLSearchParams(request.rawQuery);
  const result = await startConnecting(dependencies, {
    connection: query.get("connection") ?? "",
    replace: query.get("replace") === "true",
    browserSecret: request.cookies[cookieName],
  });
  if (result.kind !== "redirect") {
    if (result.kind === "upstream-trouble") logger.warn("no request token", { error: String(result.error) });
    return startTroublePage(result, request.id);
  }
  // Lax, not Strict: the cookie must come along when Upwork sends the browser back.
  const cookie = `${cookieName}=${result.browserSecret}; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600${isSecure ? "; Secure" : ""}`;
  return {
    status: 302,
    headers: { location: result.location, "cache-control": "no-store", "referrer-policy": "no-referrer" },
    cookies: [cookie],
  };
}

async function callback(dependencies: ConnectDependencies, request: HttpRequest): Promise<HttpResponse> {
  const query = new URLSearchParams(request.rawQuery);
  const result = await finishConnecting(dependencies, {
    token: query.get("oauth_token") ?? undefined,
    verifier: query.get("oauth_verifier") || undefined,
    browserSecret: request.cookies[cookieName],
  });
  if (result.kind === "upstream-trouble") logger.warn("connection not finished", { error: String(result.error) });
  return finishPage(result, request.id);
}
