import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { addKey, type Client, createClient, findClient, findKey } from "../functions/clients/clients.ts";
import { hashKey, type KeyKind, parseKey } from "../functions/clients/keys.ts";
import { type FunctionName, routes, schedules, secretNames } from "../functions/platform/names.ts";
import { createSecretStore } from "../functions/platform/secrets.ts";
import type { StateTable } from "../functions/platform/state-table.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { createTables, startDynamo } from "./dynamodb.ts";
import { type Handler, lambdaContext, startHttpApi } from "./http-api.ts";
import { lockFolder } from "./lock.ts";
import { startSchedules } from "./schedules.ts";
import { startSecretsManager } from "./secrets-manager.ts";

export type LocalOptions = {
  /** 0 takes any free port. */
  port: number;
  sandboxPort: number;
  /** Folder for tables, secrets and the demo client's key; created when absent, readable by its owner only. */
  dataDir: string;
  /** A real application key: calls then go to `upstream` and no sandbox is started. */
  real?: { upstream: string; consumerKey: string; consumerSecret: string };
  /** JSON as for `GATEWAY_LIMITS`. */
  limits?: string;
  onAnswer?: (line: { method: string; path: string; status: number; ms: number }) => void;
};

export type LocalGateway = {
  url: string;
  upstream: string;
  sandbox: Sandbox | undefined;
  dataDir: string;
  /** The demo client's key, the same at every start. */
  clientKey: string;
  /** Endpoints of the embedded stores. */
  dynamoUrl: string;
  secretsUrl: string;
  close(): Promise<void>;
};

const secretPrefix = "upwork-gateway/local";
const tableNames = { budget: "upwork-gateway-local-budget", state: "upwork-gateway-local-state" };
const demoClient: Client = { id: "demo", name: "Demo client", connection: "demo", priority: "interactive" };

const loadHandler: Record<FunctionName, () => Promise<{ handler: unknown }>> = {
  proxy: () => import("../functions/proxy/handler.ts"),
  oauth: () => import("../functions/oauth/handler.ts"),
  budget: () => import("../functions/budget/handler.ts"),
  report: () => import("../functions/budget/report-handler.ts"),
  console: () => import("../functions/console/handler.ts"),
};

/**
 * Runs the whole gateway in this process: the very functions that are deployed, behind an HTTP API of our own, on
 * embedded stores, with timers for schedules. One a process, because functions read their environment when loaded.
 */
export async function startLocalGateway(options: LocalOptions): Promise<LocalGateway> {
  const { dataDir, real } = options;
  const closers: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const step of closers.splice(0).toReversed()) await step();
  };
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    closers.push(lockFolder(dataDir));
    const handlers: Partial<Record<FunctionName, Handler>> = {};
    // The HTTP server comes first: with port 0 its address is known only then, and the functions must know it.
    const { onAnswer } = options;
    const api = await startHttpApi({
      port: options.port,
      host: "127.0.0.1",
      routes,
      handlers,
      ...(onAnswer === undefined ? {} : { onAnswer }),
    });
    closers.push(api.close);
    const sandbox =
      real === undefined
        ? await startSandbox({ port: options.sandboxPort, dataFile: join(dataDir, "sandbox", "tokens.json") })
        : undefined;
    if (sandbox) closers.push(sandbox.close);
    const dynamoServer = await startDynamo({ dataDir: join(dataDir, "dynamodb") });
    closers.push(dynamoServer.close);
    const secretsServer = await startSecretsManager({ dataFile: join(dataDir, "secrets", "secrets.json") });
    closers.push(secretsServer.close);

    const keyKind: KeyKind = real === undefined ? "test" : "live";
    const upstream = real?.upstream ?? sandbox?.url ?? "";
    Object.assign(process.env, {
      AWS_REGION: process.env.AWS_REGION ?? "eu-west-1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_SESSION_TOKEN: "",
      AWS_ENDPOINT_URL_DYNAMODB: dynamoServer.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsServer.url,
      GATEWAY_STAGE: "local",
      GATEWAY_KEY_KIND: keyKind,
      GATEWAY_PUBLIC_URL: api.url,
      GATEWAY_BUDGET_TABLE: tableNames.budget,
      GATEWAY_STATE_TABLE: tableNames.state,
      GATEWAY_SECRET_PREFIX: secretPrefix,
      GATEWAY_UPSTREAM: upstream,
      GATEWAY_ADMIN_DOOR: "open",
      ...(options.limits === undefined ? {} : { GATEWAY_LIMITS: options.limits }),
    });

    const dynamo = new DynamoDBClient({});
    const table: StateTable = { dynamo, name: tableNames.state };
    await createTables(dynamo, tableNames);
    const application = real ?? sandbox?.application;
    if (application) await seedApplication(application.consumerKey, application.consumerSecret);
    const clientKey = await seedClient(table, join(dataDir, `client-key-${keyKind}`), keyKind);

    for (const [name, load] of Object.entries(loadHandler) as [FunctionName, (typeof loadHandler)[FunctionName]][]) {
      handlers[name] = (await load()).handler as Handler;
    }
    const timers = startSchedules(schedules, async (schedule, event) => {
      const run = handlers[schedule.functionName] as unknown as (event: unknown, context: unknown) => Promise<unknown>;
      await run(event, lambdaContext(schedule.functionName, event.id)).catch(() => undefined);
    });
    closers.push(timers.stop);
    return {
      url: api.url,
      upstream,
      sandbox,
      dataDir,
      clientKey,
      dynamoUrl: dynamoServer.url,
      secretsUrl: secretsServer.url,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function seedApplication(consumerKey: string, consumerSecret: string): Promise<void> {
  const secrets = createSecretStore(new SecretsManagerClient({}));
  const name = secretNames.oauth1Application(secretPrefix);
  const value = JSON.stringify({ consumerKey, consumerSecret });
  if ((await secrets.read(name)) !== value) await secrets.write(name, value);
}

/** The demo client's key from the last start, or a new one where the tables do not know it. */
async function seedClient(table: StateTable, file: string, kind: KeyKind): Promise<string> {
  if (existsSync(file)) {
    const key = readFileSync(file, "utf8").trim();
    const id = parseKey(key)?.id;
    const stored = id === undefined ? undefined : await findKey(table, id);
    if (stored?.hash === hashKey(key)) return key;
  }
  const exists = (await findClient(table, demoClient.id)) !== undefined;
  const { key } = exists ? await addKey(table, demoClient.id, kind) : await createClient(table, demoClient, kind);
  writeFileSync(file, `${key}\n`, { mode: 0o600 });
  return key;
}
