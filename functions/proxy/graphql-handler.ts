import { openLedger } from "../budget/open-ledger.ts";
import { createAuthenticate } from "../clients/authenticate.ts";
import { readOauth1Application } from "../oauth/application.ts";
import { createConnectionStore } from "../oauth/connections.ts";
import { createDynamo, createSecretsManager } from "../platform/aws.ts";
import { readConfig } from "../platform/config.ts";
import { httpFunction } from "../platform/middleware.ts";
import { createSecretStore } from "../platform/secrets.ts";
import { openRaiseEvent } from "../webhooks/open-raise.ts";
import { graphqlCall } from "./graphql.ts";
import { openTokenKeeper } from "./open-tokens.ts";

const config = readConfig();
const table = { dynamo: createDynamo(), name: config.stateTable };
const secrets = createSecretStore(createSecretsManager());
const ledger = openLedger(config);
const connections = createConnectionStore(table, secrets, config.secretPrefix);
const dependencies = {
  authenticate: createAuthenticate(table, config.keyKind),
  application: () => readOauth1Application(secrets, config.secretPrefix),
  connections: openTokenKeeper(config, { table, secrets, connections, ledger, raise: openRaiseEvent(table) }),
  findConnection: connections.find,
  ledger,
  upstream: config.graphqlUpstream,
  upstreamTimeoutMs: config.upstreamTimeoutMs,
  now: Date.now,
};

/** A function of its own, so that calls of the REST API do not load a GraphQL parser. */
export const handler = httpFunction((request) => graphqlCall(dependencies, request));
