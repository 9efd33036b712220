import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { fullAccess } from "../functions/clients/access.ts";
import { createAdminKey } from "../functions/clients/admin-door.ts";
import { addKey, createClient, liveKeys } from "../functions/clients/client-keys.ts";
import { findClient, type NewClient } from "../functions/clients/clients.ts";
import { hashKey, type KeyKind } from "../functions/clients/keys.ts";
import { type FunctionName, functionNames, routes, schedules, secretNames } from "../functions/platform/names.ts";
import { createSecretStore, type SecretStore } from "../functions/platform/secrets.ts";
import type { StateTable } from "../functions/platform/state-table.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { createTables, startDynamo } from "./dynamodb.ts";
import { applyEnvironment, awsEnvironment } from "./environment.ts";
import { type AnswerLine, startHttpApi } from "./http-api.ts";
import { type Handler, invoke, offerInvocationStore } from "./invocations.ts";
import { lockFolder } from "./lock.ts";
import { startSchedules } from "./schedules.ts";
import { startSecretsManager } from "./secrets-manager.ts";

export type LocalOptions = {
  /** 0 takes any free port. */
  port: number;
  sandboxPort: number;
  /** Folder for tables, secrets and the demo client's key; created when absent, readable by its owner only. */
  dataDir: string;
  /** Real application keys: calls then go to Upwork, no sandbox is started, and the data is kept apart. */
  real?: RealUpwork;
  /** JSON as for `GATEWAY_LIMITS`. */
  limits?: string;
  onAnswer?: (line: AnswerLine) => void;
};

/** The real Upwork: where it is, and the keys of its API Center, at least one of the two. */
export type RealUpwork = {
  upstream: string;
  graphqlUpstream: string;
  oauth1?: { consumerKey: string; consumerSecret: string };
  oauth2?: { clientId: string; clientSecret: string; grant: "authorization_code" | "client_credentials" };
};

export type LocalGateway = {
  url: string;
  upstream: string;
  sandbox: Sandbox | undefined;
  /** Whether the only key there is opens GraphQL and nothing else. */
  isGraphqlOnly: boolean;
  dataDir: string;
  /** The demo client's key, the same at every start. */
  clientKey: string;
  /** The key that opens the admin's door where it is not open anyway, the same at every start. */
  adminKey: string;
  /** Endpoints of the embedded stores. */
  dynamoUrl: string;
  secretsUrl: string;
  /** Lets calls under way end, then stops everything. */
  close(): Promise<void>;
};

const secretPrefix = "upwork-gateway/local";
const tableNames = { budget: "upwork-gateway-local-budget", state: "upwork-gateway-local-state" };
/** It may do everything: it is there to try things out, on a sandbox. */
const demoClient: NewClient = { id: "demo", name: "Demo client", connection: "demo", access: fullAccess };

const loadHandler: Record<FunctionName, () => Promise<{ handler: unknown }>> = {
  proxy: () => import("../functions/proxy/handler.ts"),
  graphql: () => import("../functions/proxy/graphql-handler.ts"),
  oauth: () => import("../functions/oauth/handler.ts"),
  refresh: () => import("../functions/oauth/refresh-handler.ts"),
  budget: () => import("../functions/budget/handler.ts"),
  report: () => import("../functions/budget/report-handler.ts"),
  console: () => import("../functions/console/handler.ts"),
  hooks: () => import("../functions/watches/hooks-handler.ts"),
  watches: () => import("../functions/watches/handler.ts"),
  deliver: () => import("../functions/webhooks/deliver-handler.ts"),
  admin: () => import("../functions/admin/handler.ts"),
};

/** These ask for a client key. All others trust whoever reaches this machine, and so must know it is no web page. */
const askForKey: readonly FunctionName[] = ["proxy", "graphql", "budget", "hooks"];

let isStarted = false;

/**
 * Runs the whole gateway in this process: the very functions that are deployed, behind an HTTP API of our own, on
 * embedded stores, with timers for schedules. Once a process, because functions read their environment when loaded.
 *
 * @throws FolderLockedError while another gateway works in `dataDir`
 */
export async function startLocalGateway(options: LocalOptions): Promise<LocalGateway> {
  if (isStarted) throw new Error("A local gateway can be started once in a process: functions are loaded once.");
  isStarted = true;
  const { dataDir, real } = options;
  const fronts: (() => Promise<void>)[] = [];
  const stores: (() => Promise<void> | void)[] = [];
  const close = async () => {
    // First nothing new comes in and what is under way ends; only then may the stores go.
    await Promise.all(fronts.splice(0).map((stop) => stop()));
    for (const stop of stores.splice(0).toReversed()) await stop();
  };
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    stores.push(await lockFolder(dataDir));
    const handlers: Partial<Record<FunctionName, Handler>> = {};
    // The HTTP server comes first: with port 0 its address is known only then, and the functions must know it.
    const { onAnswer } = options;
    const api = await startHttpApi({
      port: options.port,
      routes,
      handlers,
      guarded: functionNames.filter((name) => !askForKey.includes(name)),
      ...(onAnswer === undefined ? {} : { onAnswer }),
    });
    fronts.push(api.close);
    const sandbox =
      real === undefined
        ? await startSandbox({ port: options.sandboxPort, dataFile: join(dataDir, "sandbox", "tokens.json") })
        : undefined;
    if (sandbox) stores.push(sandbox.close);
    // A sandbox's connections and budget must never be taken for those of a real key.
    const storeDir = real === undefined ? dataDir : join(dataDir, "live");
    const dynamoServer = await startDynamo({ dataDir: join(storeDir, "dynamodb") });
    stores.push(dynamoServer.close);
    const secretsServer = await startSecretsManager({ dataFile: join(storeDir, "secrets", "secrets.json") });
    stores.push(secretsServer.close);

    const keyKind: KeyKind = real === undefined ? "test" : "live";
    const upstream = real?.upstream ?? sandbox?.url ?? "";
    const restoreEnvironment = applyEnvironment({
      ...awsEnvironment({ dynamo: dynamoServer.url, secrets: secretsServer.url }),
      GATEWAY_STAGE: "local",
      GATEWAY_KEY_KIND: keyKind,
      GATEWAY_PUBLIC_URL: api.url,
      GATEWAY_BUDGET_TABLE: tableNames.budget,
      GATEWAY_STATE_TABLE: tableNames.state,
      GATEWAY_SECRET_PREFIX: secretPrefix,
      GATEWAY_UPSTREAM: upstream,
      GATEWAY_GRAPHQL_UPSTREAM: real?.graphqlUpstream ?? upstream,
      GATEWAY_ADMIN_DOOR: "open",
      GATEWAY_WEBHOOK_REACH: "loopback",
      ...(options.limits === undefined ? {} : { GATEWAY_LIMITS: options.limits }),
    });
    stores.push(restoreEnvironment);

    const dynamo = new DynamoDBClient({});
    const secretsManager = new SecretsManagerClient({});
    stores.push(() => {
      dynamo.destroy();
      secretsManager.destroy();
    });
    const table: StateTable = { dynamo, name: tableNames.state };
    const secrets = createSecretStore(secretsManager);
    await createTables(dynamo, tableNames);
    const oauth1 = real === undefined ? sandbox?.application : real.oauth1;
    if (oauth1) {
      const { consumerKey, consumerSecret } = oauth1;
      await seedSecret(secrets, secretNames.oauth1Application(secretPrefix), { consumerKey, consumerSecret });
    }
    const oauth2 = real === undefined ? sandbox?.oauth2Application : real.oauth2;
    if (oauth2) {
      const { clientId, clientSecret } = oauth2;
      const grant = "grant" in oauth2 ? oauth2.grant : "authorization_code";
      await seedSecret(secrets, secretNames.oauth2Application(secretPrefix), { clientId, clientSecret, grant });
    }
    const adminKey = await seedAdminKey(secrets);
    const clientKey = await seedClient(table, join(dataDir, `client-key-${keyKind}`), keyKind);

    offerInvocationStore();
    for (const name of functionNames) handlers[name] = (await loadHandler[name]()).handler as Handler;
    const timers = startSchedules(schedules, async ({ functionName }, event) => {
      const handler = handlers[functionName];
      if (handler) await invoke(handler, functionName, event, event.id);
    });
    fronts.push(timers.stop);
    return {
      url: api.url,
      upstream,
      sandbox,
      isGraphqlOnly: real !== undefined && real.oauth1 === undefined,
      dataDir,
      clientKey,
      adminKey,
      dynamoUrl: dynamoServer.url,
      secretsUrl: secretsServer.url,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function seedSecret(secrets: SecretStore, name: string, content: object): Promise<void> {
  const value = JSON.stringify(content);
  if ((await secrets.read(name)) !== value) await secrets.write(name, value);
}

async function seedAdminKey(secrets: SecretStore): Promise<string> {
  const name = secretNames.adminKey(secretPrefix);
  const stored = await secrets.read(name);
  if (stored !== undefined) return (JSON.parse(stored) as { current: string }).current;
  const current = createAdminKey();
  await secrets.write(name, JSON.stringify({ current }));
  return current;
}

/** The demo client's key from the last start, or a new one where the tables do not know it. */
async function seedClient(table: StateTable, file: string, kind: KeyKind): Promise<string> {
  const client = await findClient(table, demoClient.id);
  if (client !== undefined && existsSync(file)) {
    const key = readFileSync(file, "utf8").trim();
    const hashes = Object.values(liveKeys(client.keys, Date.now())).map(({ hash }) => hash);
    if (hashes.includes(hashKey(key))) return key;
  }
  const { key } =
    client === undefined
      ? await createClient(table, demoClient, kind)
      : await addKey(table, demoClient.id, kind, { othersExpireAt: Date.now() + 86_400_000 });
  writeFileSync(file, `${key}\n`, { mode: 0o600 });
  return key;
}
