import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { createConnectionStore } from "../../functions/oauth/connections.ts";
import type { Credentials } from "../../functions/oauth/credentials.ts";
import { createTokenKeeper } from "../../functions/oauth/token-keeper.ts";
import { createTokenLeases } from "../../functions/oauth/token-lease.ts";
import { createSecretStore } from "../../functions/platform/secrets.ts";
import type { Halt, Order, RefreshSetting } from "./refresh-crew.ts";

// One Lambda: for each order it makes one call over the connection, and answers with what became of it. It remembers its
// tokens from call to call, so it meets each expiry with the old one in hand. At the step an order names, it says so and
// waits to be killed or told to go on.
const setting = JSON.parse(process.argv[2] ?? "{}") as RefreshSetting;
let order: Order = { ahead: 0 };
let goOn = () => {};
const now = () => Date.now() + order.ahead;
const table = { dynamo: new DynamoDBClient({ endpoint: setting.dynamo }), name: setting.table };
const secrets = createSecretStore(new SecretsManagerClient({ endpoint: setting.secrets }));
const connections = createConnectionStore(table, secrets, setting.prefix);
const leases = createTokenLeases(table, { lookMs: setting.leaseMs / 2, askMs: setting.leaseMs }, now);

async function halt(at: Halt): Promise<void> {
  if (order.haltAt !== at) return;
  order = { ahead: order.ahead };
  const told = new Promise<void>((resolve) => (goOn = resolve));
  console.log("halted");
  await told;
}

const keeper = createTokenKeeper({
  connections: {
    ...connections,
    async saveNext(...next) {
      const isStored = await connections.saveNext(...next);
      await halt("stored");
      return isStored;
    },
  },
  leases: {
    ...leases,
    async take(...lease) {
      const isTaken = await leases.take(...lease);
      if (isTaken) await halt("looking");
      return isTaken;
    },
    async finish(...lease) {
      await leases.finish(...lease);
      await halt("told");
    },
  },
  provider: async () => ({
    origin: setting.upstream,
    graphqlOrigin: setting.upstream,
    application: { ...setting.application, grant: "authorization_code" },
    timeoutMs: 8_000,
    now,
    spend: async (send) => {
      await halt("about to ask");
      const answer = await send();
      await halt("answered");
      return answer;
    },
  }),
  now,
  sleep: async (ms) => {
    await halt("waiting");
    await new Promise((resolve) => setTimeout(resolve, ms));
  },
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
createInterface({ input: process.stdin }).on("line", (line) => {
  if (line === "go on") return goOn();
  order = JSON.parse(line) as Order;
  void call().then(console.log);
});
