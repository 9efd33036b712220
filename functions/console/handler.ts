import { openLedger } from "../budget/open-ledger.ts";
import { openAdminDoor } from "../clients/admin-door.ts";
import { createConnectionStore } from "../oauth/connections.ts";
import { createDynamo, createSecretsManager } from "../platform/aws.ts";
import { readConfig } from "../platform/config.ts";
import { type HttpRequest, type HttpResponse, json } from "../platform/http.ts";
import { lazily } from "../platform/lazily.ts";
import { httpFunction } from "../platform/middleware.ts";
import { requireSameSite } from "../platform/same-site.ts";
import { createSecretStore } from "../platform/secrets.ts";
import { consolePage, loginPage } from "./console.ts";

const config = readConfig();
const secrets = createSecretStore(createSecretsManager());
const table = { dynamo: createDynamo(), name: config.stateTable };
const connections = createConnectionStore(table, secrets, config.secretPrefix);
/** The health check and the login load none of it. */
const readPush = lazily(async () => (await import("./push.ts")).createPushReader(table));
const isSecure = config.publicUrl.startsWith("https:");
const door = openAdminDoor(config, secrets, table);
const ledger = openLedger(config);

export const handler = httpFunction(async (request) => {
  // Nobody else's page may log this browser in or out.
  if (request.method === "POST") requireSameSite(request);
  switch (`${request.method} ${request.path}`) {
    case "GET /health":
      return json(200, { status: "ok", stage: config.stage });
    case "POST /login":
      return logIn(request);
    case "POST /logout":
      return toConsole(cookie("", 0));
    default:
      return (await door.admits(request)) ? show() : loginPage(200);
  }
});

async function show(): Promise<HttpResponse> {
  const [known, budget, push] = await Promise.all([connections.list(), ledger.read(), readPush()]);
  const { publicUrl, upstream } = config;
  return consolePage({ publicUrl, upstream, connections: known, budget, ...push, canLogOut: !door.isOpen });
}

async function logIn(request: HttpRequest): Promise<HttpResponse> {
  const key = new URLSearchParams(Buffer.from(request.body).toString("utf8")).get("key") ?? "";
  const session = await door.logIn(key, request.sourceIp);
  return session === undefined ? loginPage(401) : toConsole(cookie(session, 12 * 3600));
}

/** Strict: nobody else's page can make this browser act as admin. */
function cookie(value: string, maxAgeSeconds: number): string {
  return `${door.cookieName}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}${isSecure ? "; Secure" : ""}`;
}

function toConsole(setCookie: string): HttpResponse {
  return { status: 303, headers: { location: "/", "cache-control": "no-store" }, cookies: [setCookie] };
}
