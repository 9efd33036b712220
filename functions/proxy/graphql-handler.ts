import { createAuthenticate } from "../clients/authenticate.ts";
import { createKeyUse } from "../clients/key-use.ts";
import { createDynamo, createLogDynamo, createSecretsManager } from "../platform/aws.ts";
import { readConfig } from "../platform/config.ts";
import { httpFunction } from "../platform/middleware.ts";
import { createSecretStore } from "../platform/secrets.ts";
import { openRaiseEvent } from "../webhooks/open-raise.ts";
import { graphqlCall } from "./graphql.ts";
import { openCalls } from "./open-calls.ts";

const config = readConfig();
const table = { dynamo: createDynamo(), name: config.stateTable };
const secrets = createSecretStore(createSecretsManager());
const keyUse = createKeyUse({ dynamo: createLogDynamo(), name: config.stateTable }, Date.now);
const dependencies = {
  ...openCalls(config, { table, secrets, raise: openRaiseEvent(table) }),
  authenticate: createAuthenticate(table, config.keyKind, Date.now, keyUse),
  upstream: config.graphqlUpstream,
};

/** A function of its own, so that calls of the REST API do not load a GraphQL parser. */
export const handler = httpFunction((request) => graphqlCall(dependencies, request).finally(keyUse.settled));
