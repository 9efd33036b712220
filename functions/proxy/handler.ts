import { randomUUID } from "node:crypto";
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { openLedger } from "../budget/open-ledger.ts";
import { createAuthenticate } from "../clients/authenticate.ts";
import { createCallLog } from "../clients/call-log.ts";
import { readOauth1Application } from "../oauth/application.ts";
import { createConnectionStore } from "../oauth/connections.ts";
import { createDynamo, createLogDynamo, createSecretsManager } from "../platform/aws.ts";
import { readConfig } from "../platform/config.ts";
import { answeringFunction, httpFunction } from "../platform/middleware.ts";
import { createSecretStore } from "../platform/secrets.ts";
import { openRaiseEvent } from "../webhooks/open-raise.ts";
import { createCacheStore } from "./cache-store.ts";
import { createCaching } from "./caching.ts";
import { directCall, isDirectCall } from "./direct.ts";
import { createMemoryCache } from "./memory-cache.ts";
import { openTokenKeeper } from "./open-tokens.ts";
import { proxyCall } from "./proxy.ts";
import { createRepeats } from "./repeats.ts";

/** A small part of the function's memory, for the answers asked for most. */
const memoryCacheBytes = 32_000_000;

const config = readConfig();
const table = { dynamo: createDynamo(), name: config.stateTable };
const secrets = createSecretStore(createSecretsManager());
const ledger = openLedger(config);
const connections = createConnectionStore(table, secrets, config.secretPrefix);
const dependencies = {
  table,
  authenticate: createAuthenticate(table, config.keyKind),
  application: () => readOauth1Application(secrets, config.secretPrefix),
  connections: openTokenKeeper(config, { table, secrets, connections, ledger, raise: openRaiseEvent(table) }),
  ledger,
  caching: createCaching({
    store: createCacheStore(table),
    memory: createMemoryCache(memoryCacheBytes),
    now: Date.now,
    createId: randomUUID,
  }),
  repeats: createRepeats(table, Date.now, randomUUID),
  upstream: config.upstream,
  upstreamTimeoutMs: config.upstreamTimeoutMs,
  now: Date.now,
  recordCall: createCallLog({ dynamo: createLogDynamo(), name: config.stateTable }, config.callLogDays).record,
};

const overHttp = httpFunction((request) => proxyCall(dependencies, request));
const direct = answeringFunction<unknown>((event, context) => directCall(dependencies, event, context.awsRequestId));

/** Takes HTTP API events, and direct events under IAM. */
export const handler = (event: APIGatewayProxyEventV2, context: Context) =>
  isDirectCall(event) ? direct(event, context) : overHttp(event, context);
