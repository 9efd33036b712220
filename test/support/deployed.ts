import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { fullAccess } from "../../functions/clients/access.ts";
import { createAdminKey } from "../../functions/clients/admin-door.ts";
import { createClient } from "../../functions/clients/client-keys.ts";
import { createDynamo, createSecretsManager } from "../../functions/platform/aws.ts";
import { type FunctionName, functionNames, secretNames } from "../../functions/platform/names.ts";
import { createSecretStore } from "../../functions/platform/secrets.ts";
import { createTables, startDynamo } from "../../local/dynamodb.ts";
import { startSecretsManager } from "../../local/secrets-manager.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { startIamGate } from "./iam-gate.ts";
import { type Invocation, type Lambda, startLambda } from "./lambda.ts";
import { rehearsal } from "./rehearsal.ts";
import { createBudgetTable, createStateTable } from "./stores.ts";
import { bundleFolders, synthesise } from "./synth.ts";

const secretPrefix = "upwork-gateway/dev";

/** The gateway as it would be deployed: every bundle in Lambda's own protocol, IAM before the stores, Upwork's sandbox. */
export type Deployed = {
  lambdas: Record<FunctionName, Lambda>;
  sandbox: Sandbox;
  adminKey: string;
  /** A key of the client `crm`, which may do everything with the connection `acme`. */
  clientKey: string;
  /** Calls to AWS that the functions' roles do not allow. */
  refused: () => string[];
  /** Invokes a function as API Gateway would, and expects an answer. */
  request(
    name: FunctionName,
    method: string,
    path: string,
    overrides?: Partial<APIGatewayProxyEventV2>,
  ): Promise<APIGatewayProxyStructuredResultV2>;
  /** Another instance of a function, with some variables changed; whoever starts it closes it. */
  start(name: FunctionName, changed?: Record<string, string>): Promise<Lambda>;
  /** Connects the account of `ada` as `acme`, as an admin with a browser does; what passed on the way. */
  connect(): Promise<{ cookie: string; callback: URL; page: APIGatewayProxyStructuredResultV2 }>;
  close(): Promise<void>;
};

export async function startDeployed(): Promise<Deployed> {
  const stores = await openStores();
  const sandbox = await startSandbox();
  const synthesised = synthesise();
  const folders = bundleFolders(synthesised);
  const { names } = stores;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: stores.dynamoUrl,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: stores.secretsUrl,
  });
  const dynamo = createDynamo();
  await stores.prepare(dynamo);
  const secrets = createSecretStore(createSecretsManager());
  const { consumerKey, consumerSecret } = sandbox.application;
  const adminKey = createAdminKey();
  await secrets.write(secretNames.oauth1Application(secretPrefix), JSON.stringify({ consumerKey, consumerSecret }));
  await secrets.write(secretNames.adminKey(secretPrefix), JSON.stringify({ current: adminKey }));
  const client = { id: "crm", name: "CRM", connection: "acme", access: fullAccess } as const;
  const { key: clientKey } = await createClient({ dynamo, name: names.state }, client, "live");

  const gates = [
    await startIamGate(stores.dynamoUrl, { ...names, secretPrefix }),
    await startIamGate(stores.secretsUrl, { ...names, secretPrefix }),
  ] as const;
  const start = (name: FunctionName, changed: Record<string, string> = {}) =>
    startLambda({
      name,
      folder: folders[name],
      environment: {
        AWS_REGION: "eu-west-1",
        AWS_ACCESS_KEY_ID: "local",
        AWS_SECRET_ACCESS_KEY: "local",
        AWS_SESSION_TOKEN: "local",
        AWS_ENDPOINT_URL_DYNAMODB: gates[0].urlFor(name),
        AWS_ENDPOINT_URL_SECRETS_MANAGER: gates[1].urlFor(name),
        ...(stores.variablesOf(name) ?? {
          ...variablesOf(synthesised.resources, name),
          GATEWAY_BUDGET_TABLE: names.budget,
          GATEWAY_STATE_TABLE: names.state,
        }),
        GATEWAY_PUBLIC_URL: "https://gateway.example",
        GATEWAY_UPSTREAM: sandbox.url,
        GATEWAY_GRAPHQL_UPSTREAM: sandbox.url,
        ...changed,
      },
    });
  const started = await Promise.all(functionNames.map(async (name) => [name, await start(name)] as const));
  const lambdas = Object.fromEntries(started) as Record<FunctionName, Lambda>;
  const request: Deployed["request"] = async (name, method, path, overrides) =>
    answerOf(await lambdas[name].invoke(httpEvent(method, path, overrides)));

  return {
    lambdas,
    sandbox,
    adminKey,
    clientKey,
    refused: () => gates.flatMap(({ refused }) => refused),
    request,
    start,
    async connect() {
      const headers = { authorization: `Bearer ${adminKey}` };
      const begun = await request("oauth", "GET", "/oauth/start", { rawQueryString: "connection=acme", headers });
      const consent = await fetch(String(begun.headers?.location), {
        method: "POST",
        redirect: "manual",
        body: new URLSearchParams({ decision: "allow", user: "ada" }),
      });
      const callback = new URL(consent.headers.get("location") ?? "");
      const cookie = begun.cookies?.[0] ?? "";
      const finished = await request("oauth", "GET", "/oauth/callback", {
        rawQueryString: callback.search.slice(1),
        cookies: [cookie.split(";")[0] ?? ""],
      });
      return { cookie, callback, page: finished };
    },
    async close() {
      await Promise.all(Object.values(lambdas).map(({ close }) => close()));
      for (const gate of gates) gate.close();
      await Promise.all([sandbox.close(), stores.close()]);
    },
  };
}

/** The stores behind it: embedded ones, or those that the rehearsal's CloudFormation made, with its variables. */
async function openStores() {
  if (rehearsal !== undefined) {
    const { url, budgetTable, stateTable, functions } = rehearsal;
    return {
      dynamoUrl: url,
      secretsUrl: url,
      names: { budget: budgetTable, state: stateTable },
      prepare: async (dynamo: DynamoDBClient) => {
        await createBudgetTable(dynamo);
        await createStateTable(dynamo);
      },
      variablesOf: (name: FunctionName) =>
        Object.entries(functions).find(([id]) => new RegExp(`^Functions${name}[0-9A-F]{8}$`).test(id))?.[1],
      close: async () => {},
    };
  }
  const [dynamoServer, secretsServer] = [await startDynamo(), await startSecretsManager()];
  const names = { budget: "deployed-budget", state: "deployed-state" };
  return {
    dynamoUrl: dynamoServer.url,
    secretsUrl: secretsServer.url,
    names,
    prepare: (dynamo: DynamoDBClient) => createTables(dynamo, names),
    variablesOf: () => undefined,
    close: async () => {
      await Promise.all([dynamoServer.close(), secretsServer.close()]);
    },
  };
}

/** The HTTP answer of an invocation. */
export function answerOf(invocation: Invocation): APIGatewayProxyStructuredResultV2 {
  if (invocation.kind !== "answered") throw new Error(`The function did not answer: ${JSON.stringify(invocation)}`);
  return invocation.payload as APIGatewayProxyStructuredResultV2;
}

/** The variables that the template gives a function, as far as they are plain text. */
function variablesOf(
  resources: ReturnType<typeof synthesise>["resources"],
  name: FunctionName,
): Record<string, string> {
  const [, resource] =
    Object.entries(resources).find(([id]) => new RegExp(`^Functions${name}[0-9A-F]{8}$`).test(id)) ?? [];
  const { Variables } = (resource?.Properties.Environment ?? {}) as { Variables?: Record<string, unknown> };
  const plain = Object.entries(Variables ?? {}).filter(([, value]) => typeof value === "string");
  return Object.fromEntries(plain) as Record<string, string>;
}

function httpEvent(
  method: string,
  path: string,
  overrides: Partial<APIGatewayProxyEventV2> = {},
): APIGatewayProxyEventV2 {
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: "",
    headers: {},
    isBase64Encoded: false,
    requestContext: {
      accountId: "123456789012",
      apiId: "api-id",
      domainName: "gateway.example",
      domainPrefix: "gateway",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "test" },
      requestId: "request-1",
      routeKey: "$default",
      stage: "$default",
      time: "12/Mar/2026:19:03:58 +0000",
      timeEpoch: 1_773_342_238_000,
    },
    ...overrides,
  };
}
