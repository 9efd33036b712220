import { openLedger } from "../budget/open-ledger.ts";
import { createAuthenticate } from "../clients/authenticate.ts";
import { readApplication } from "../oauth/application.ts";
import { createConnectionStore } from "../oauth/connections.ts";
import { createDynamo, createSecretsManager } from "../platform/aws.ts";
import { readConfig } from "../platform/config.ts";
import { httpFunction } from "../platform/middleware.ts";
import { createSecretStore } from "../platform/secrets.ts";
import { proxyCall } from "./proxy.ts";

const config = readConfig();
const table = { dynamo: createDynamo(), name: config.stateTable };
const secrets = createSecretStore(createSecretsManager());
const ledger = openLedger(config);
const dependencies = {
  authenticate: createAuthenticate(table, config.keyKind),
  application: () => readApplication(secrets, config.secretPrefix),
  connections: createConnectionStore(table, secrets, config.secretPrefix),
  ledger,
  upstream: config.upstream,
  upstreamTimeoutMs: config.upstreamTimeoutMs,
  now: Date.now,
};

export const handler = httpFunction((request) => proxyCall(dependencies, request));
