import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { createConnectionStore } from "../../functions/oauth/connections.ts";
import type { Credentials } from "../../functions/oauth/credentials.ts";
import { createTokenKeeper } from "../../functions/oauth/token-keeper.ts";
import { createTokenLeases } from "../../functions/oauth/token-lease.ts";
import { createSecretStore } from "../../functions/platform/secrets.ts";
import type { ProveRefreshSetting } from "../prove-refresh.ts";

// One Lambda: for each line it is told how far its clock is ahead, makes one call over the connection, and answers
// with what became of it. It remembers its tokens from call to call, so it meets each expiry with the old one in hand.
const setting = JSON.parse(process.argv[2] ?? "{}") as ProveRefreshSetting;
let ahead = 0;
const now = () => Date.now() + ahead;
const table = { dynamo: new DynamoDBClient({ endpoint: setting.dynamo }), name: setting.table };
const secrets = createSecretStore(new SecretsManagerClient({ endpoint: setting.secrets }));
const connections = createConnectionStore(table, secrets, setting.prefix);
const keeper = createTokenKeeper({
  connections,
  leases: createTokenLeases(table, setting.leaseMs, now),
  provider: async () => ({
    origin: setting.upstream,
    graphqlOrigin: setting.upstream,
    application: { ...setting.application, grant: "authorization_code" },
    timeoutMs: 8_000,
    now,
    spend: (send) => send(),
  }),
  now,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  createId: () => `${setting.index} ${randomUUID()}`,
});

async function send(credentials: Credentials): Promise<number> {
  if (credentials.auth !== "oauth2") throw new Error("an OAuth 1.0a connection");
  const headers = { authorization: `Bearer ${credentials.accessToken}` };
  const answer = await fetch(`${setting.upstream}/api/auth/v1/info`, { headers });
  await answer.arrayBuffer();
  return answer.status;
}

/** A call as the proxy makes it: with what there is, and after a 401 once more with what else there is. */
async function call(): Promise<string> {
  try {
    const credentials = await keeper.credentials("acme");
    const status = await send(credentials);
    if (status !== 401) return String(status);
    const renewed = await keeper.afterRefusal("acme", credentials);
    return renewed === undefined ? "401" : String(await send(renewed));
  } catch (error) {
    return (error as { kind?: string }).kind ?? String(error);
  }
}

// The first look at the connection belongs to the start, as it does in a Lambda that has been at work.
await keeper.credentials("acme").catch(() => undefined);
console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  ahead = Number(line);
  console.log(await call());
}
