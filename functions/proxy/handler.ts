import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { createAuthenticate } from "../clients/authenticate.ts";
import { createKeyUse } from "../clients/key-use.ts";
import { createFindOauth1Keys, noteOauth1KeyUse } from "../clients/oauth1-keys.ts";
import { createDynamo, createLogDynamo, createSecretsManager } from "../platform/aws.ts";
import { readConfig } from "../platform/config.ts";
import { answeringFunction, httpFunction } from "../platform/middleware.ts";
import { createSecretStore } from "../platform/secrets.ts";
import { openRaiseEvent } from "../webhooks/open-raise.ts";
import { directCall, isDirectCall } from "./direct.ts";
import { createOauth1Door } from "./oauth1-door.ts";
import { openCalls } from "./open-calls.ts";
import { proxyCall } from "./proxy.ts";

const config = readConfig();
const table = { dynamo: createDynamo(), name: config.stateTable };
const secrets = createSecretStore(createSecretsManager());
const logTable = { dynamo: createLogDynamo(), name: config.stateTable };
const keyUse = createKeyUse(logTable, Date.now);
const oauth1KeyUse = createKeyUse(logTable, Date.now, noteOauth1KeyUse);
const dependencies = {
  ...openCalls(config, { table, secrets, raise: openRaiseEvent(table) }),
  table,
  authenticate: createAuthenticate(table, config.keyKind, Date.now, keyUse),
  oauth1: createOauth1Door(
    table,
    createFindOauth1Keys(table, secrets, config.secretPrefix),
    config.publicUrl,
    Date.now,
    oauth1KeyUse,
  ),
};

// The note of a key's use goes beside the call; before the answer goes out nothing may be left running.
const overHttp = httpFunction((request) =>
  proxyCall(dependencies, request).finally(() => Promise.all([keyUse.settled(), oauth1KeyUse.settled()])),
);
const direct = answeringFunction<unknown>((event, context) => directCall(dependencies, event, context.awsRequestId));

/** Takes HTTP API events, and direct events under IAM. */
export const handler = (event: APIGatewayProxyEventV2, context: Context) =>
  isDirectCall(event) ? direct(event, context) : overHttp(event, context);
