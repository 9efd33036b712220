import { openLedger } from "../budget/open-ledger.ts";
import { openAdminDoor, rotateAdminKey } from "../clients/admin-door.ts";
import { createCallLog } from "../clients/call-log.ts";
import { findClient } from "../clients/clients.ts";
import { guaranteesOf, listAllClients } from "../clients/guarantees.ts";
import { readOauth1Application, readOauth2Application } from "../oauth/application.ts";
import { createConnectLinkStore } from "../oauth/connect-links.ts";
import { createConnectionStore } from "../oauth/connections.ts";
import { createDynamo, createSecretsManager } from "../platform/aws.ts";
import { readConfig } from "../platform/config.ts";
import { type HttpRequest, json } from "../platform/http.ts";
import { logger } from "../platform/log.ts";
import { httpFunction } from "../platform/middleware.ts";
import { Problem } from "../platform/problem.ts";
import { createSecretStore } from "../platform/secrets.ts";
import { createHookStore } from "../watches/hook.ts";
import { openWatches } from "../watches/open-watches.ts";
import { openWebhookServices } from "../webhooks/open-deliverer.ts";
import { openRaiseEvent } from "../webhooks/open-raise.ts";
import { createAdmit } from "./admit.ts";
import { describeApi } from "./openapi.ts";
import { answerAdmin } from "./router.ts";
import { type AdminServices, adminRoutes } from "./table.ts";

const config = readConfig();
const table = { dynamo: createDynamo(), name: config.stateTable };
const secrets = createSecretStore(createSecretsManager());
const { secretPrefix } = config;
const admit = createAdmit(openAdminDoor(config, secrets, table));
const services = {
  ...openWebhookServices(config, table, secrets),
  hooks: createHookStore(table),
  publicUrl: config.publicUrl,
  watching: openWatches(config, table, secrets),
  connectionOfClient: async (client: string) => (await findClient(table, client))?.connection,
  config,
  table,
  secrets,
  secretPrefix,
  limits: config.limits,
  keyKind: config.keyKind,
  ledger: openLedger(config, openRaiseEvent(table)),
  budgetClients: () => listAllClients(table),
  connections: createConnectionStore(table, secrets, secretPrefix),
  links: createConnectLinkStore(table),
  callLog: createCallLog(table, config.callLogDays),
  callLogDays: config.callLogDays,
  rotateAdminKey: (keepsPrevious: boolean) => rotateAdminKey(secrets, secretPrefix, keepsPrevious),
  applications: async () => ({
    oauth1: await isThere(readOauth1Application(secrets, secretPrefix)),
    oauth2: await isThere(readOauth2Application(secrets, secretPrefix)),
  }),
};

export const handler = httpFunction(async (request: HttpRequest) => {
  if (request.path === "/openapi.json") {
    return json(200, describeApi(adminRoutes, config), { "cache-control": "public, max-age=300" });
  }
  await admit(request);
  const answer = await answerAdmin<AdminServices>(adminRoutes, services, request, Date.now());
  if (request.method !== "GET" && request.path.startsWith("/admin/clients")) await passOnGuarantees();
  return answer;
});

/** The budget learns what clients have of their own; where that fails, the hourly report does it. */
async function passOnGuarantees(): Promise<void> {
  try {
    await services.ledger.guarantee(guaranteesOf(await listAllClients(table)));
  } catch (error) {
    logger.error("guarantees not passed on to the budget yet", { error: error as Error });
  }
}

async function isThere(application: Promise<unknown>): Promise<boolean> {
  try {
    await application;
    return true;
  } catch (error) {
    if (error instanceof Problem && error.kind === "application-not-configured") return false;
    throw error;
  }
}
