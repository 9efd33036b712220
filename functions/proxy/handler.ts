import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { createAuthenticate } from "../clients/authenticate.ts";
import { createKeyUse } from "../clients/key-use.ts";
import { createDynamo, createLogDynamo, createSecretsManager } from "../platform/aws.ts";
import { readConfig } from "../platform/config.ts";
import { lazily } from "../platform/lazily.ts";
import { answeringFunction, httpFunction } from "../platform/middleware.ts";
import { createSecretStore } from "../platform/secrets.ts";
import { openRaiseEvent } from "../webhooks/open-raise.ts";
import { isDirectCall } from "./is-direct-call.ts";
import { openCalls } from "./open-calls.ts";
import { proxyCall } from "./proxy.ts";

const config = readConfig();
const table = { dynamo: createDynamo(), name: config.stateTable };
const secrets = createSecretStore(createSecretsManager());
const logTable = { dynamo: createLogDynamo(), name: config.stateTable };
const keyUse = createKeyUse(logTable, Date.now);
const oauth1KeyUse = createKeyUse(
  logTable,
  Date.now,
  lazily(async () => (await import("./seldom.ts")).noteOauth1KeyUse),
);
const dependencies = {
  ...openCalls(config, { table, secrets, raise: openRaiseEvent(table) }),
  table,
  authenticate: createAuthenticate(table, config.keyKind, Date.now, keyUse),
  // Most callers have a plain key.
  oauth1: lazily(async () => {
    const { openOauth1Door } = await import("./seldom.ts");
    return openOauth1Door(config, { table, secrets, keyUse: oauth1KeyUse });
  }),
};

// The note of a key's use goes beside the call; before the answer goes out nothing may be left running.
const overHttp = httpFunction((request) =>
  proxyCall(dependencies, request).finally(() => Promise.all([keyUse.settled(), oauth1KeyUse.settled()])),
);
const direct = answeringFunction<unknown>(async (event, context) => {
  const { directCall } = await import("./seldom.ts");
  return directCall(dependencies, event, context.awsRequestId);
});

/** Takes HTTP API events, and direct events under IAM. */
export const handler = (event: APIGatewayProxyEventV2, context: Context) =>
  isDirectCall(event) ? direct(event, context) : overHttp(event, context);
