import { findClient } from "../clients/clients.ts";
import { createDynamo, createSecretsManager } from "../platform/aws.ts";
import { readConfig } from "../platform/config.ts";
import { logger } from "../platform/log.ts";
import { httpFunction } from "../platform/middleware.ts";
import { Problem } from "../platform/problem.ts";
import { createSecretStore } from "../platform/secrets.ts";
import { createEndpointSecrets, signingSecrets } from "../webhooks/endpoint-secrets.ts";
import { createHookStore } from "./hook.ts";
import { type HookDependencies, showResult, takeMessage } from "./hook-call.ts";
import { createHookResults } from "./hook-results.ts";
import { openWatches } from "./open-watches.ts";
import { runWatch } from "./run.ts";

const config = readConfig();
const table = { dynamo: createDynamo(), name: config.stateTable };
const secrets = createSecretStore(createSecretsManager());
const hookSecrets = createEndpointSecrets(secrets, config.secretPrefix);
const watching = openWatches(config, table, secrets);
const dependencies: HookDependencies = {
  hooks: createHookStore(table),
  results: createHookResults(table, Date.now),
  secretsOf: async (id) => {
    const secret = await hookSecrets.read(id);
    return secret === undefined ? [] : signingSecrets(secret, Date.now());
  },
  behalf: watching.behalf,
  runWatch: async (id) => {
    const found = await watching.watches.find(id);
    if (found === undefined) throw new Problem("not-found", `There is no watch "${id}" any more.`);
    const run = await runWatch({ ...watching, call: watching.calls.call }, found.watch).finally(
      watching.deliverer.settled,
    );
    return run ?? { outcome: "elsewhere", detail: "It is being run at this very moment." };
  },
  connectionOfClient: async (client) => (await findClient(table, client))?.connection,
  now: Date.now,
  log: logger,
};

export const handler = httpFunction((request) => {
  const segment = request.path.split("/").at(-1) ?? "";
  return request.path.startsWith("/hooks/results/")
    ? showResult(dependencies, segment)
    : takeMessage(dependencies, segment, request);
});
