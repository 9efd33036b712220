import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { createConnectionStore } from "../functions/oauth/connections.ts";
import { createTokenLeases } from "../functions/oauth/token-lease.ts";
import { createSecretStore } from "../functions/platform/secrets.ts";
import { createTables } from "../local/dynamodb.ts";
import { startSecretsManager } from "../local/secrets-manager.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import { startDynamoProcess } from "./support/dynamo-process.ts";

// npm run prove:refresh: many processes meet the end of one access token at the same moment, again and again, while the
// one that refreshes, and others, are killed. Ends with a line of JSON, and with exit code 1 when a call failed that had
// a way to succeed, or a refresh reached the sandbox that neither was the one nor made up for a process killed at it.
const { values } = parseArgs({
  options: {
    processes: { type: "string", default: "32" },
    expiries: { type: "string", default: "12" },
    lease: { type: "string", default: "3000" },
  },
});
const [processes, expiries, leaseMs] = [Number(values.processes), Number(values.expiries), Number(values.lease)];
process.env.AWS_REGION ??= "eu-west-1";
process.env.AWS_ACCESS_KEY_ID ??= "local";
process.env.AWS_SECRET_ACCESS_KEY ??= "local";
process.env.POWERTOOLS_LOG_LEVEL ??= "ERROR";

/** What a worker is started with. */
export type ProveRefreshSetting = {
  index: number;
  dynamo: string;
  table: string;
  secrets: string;
  prefix: string;
  upstream: string;
  application: { clientId: string; clientSecret: string };
  leaseMs: number;
};

const dayMs = 86_400_000;
const tokenPath = "POST /api/v3/oauth2/token";
const prefix = "upwork-gateway/prove";
const names = { budget: "prove-budget", state: "prove-state" };
const worker = fileURLToPath(new URL("support/refresh-worker.ts", import.meta.url));

const dynamoServer = await startDynamoProcess();
const secretsServer = await startSecretsManager();
const sandbox = await startSandbox();
const { clientId, clientSecret } = sandbox.oauth2Application;
const table = { dynamo: new DynamoDBClient({ endpoint: dynamoServer.url }), name: names.state };
const secretsManager = new SecretsManagerClient({ endpoint: secretsServer.url });
const connections = createConnectionStore(table, createSecretStore(secretsManager), prefix);
await createTables(table.dynamo, names);
await connect();
const leases = createTokenLeases(table, leaseMs, sandbox.clock.now);
let ahead = 0;

async function connect(): Promise<void> {
  const { clock, oauth2Tokens } = sandbox;
  const issuedAt = clock.now();
  const code = oauth2Tokens.issueCode(
    { clientId, userId: "ada", redirectUri: undefined, challenge: undefined },
    issuedAt,
  );
  const pair = oauth2Tokens.redeemCode(code, () => true, issuedAt);
  if (pair === undefined) throw new Error("The sandbox gave no tokens.");
  const account = { reference: "1", name: "ada", profileUrl: "" };
  const life = { issuedAt, expiresAt: issuedAt + dayMs, version: 1 };
  await connections.save("acme", { auth: "oauth2", ...pair, ...life }, account, issuedAt);
}

type Worker = { child: ChildProcess; next: () => Promise<string | undefined> };

async function startWorker(index: number): Promise<Worker> {
  const setting: ProveRefreshSetting = {
    index,
    dynamo: dynamoServer.url,
    table: names.state,
    secrets: secretsServer.url,
    prefix,
    upstream: sandbox.url,
    application: { clientId, clientSecret },
    leaseMs,
  };
  const child = spawn(process.execPath, [worker, JSON.stringify(setting)], { stdio: ["pipe", "pipe", "inherit"] });
  // A killed one takes no more lines; that is no fault of this process.
  child.stdin.on("error", () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => (await lines.next()).value as string | undefined;
  if ((await next()) !== "ready") throw new Error(`Process ${index} did not start.`);
  return { child, next };
}

const workers = await Promise.all(Array.from({ length: processes }, (_, index) => startWorker(index)));
let [calls, failed, kills, holderKills] = [0, 0, 0, 0];
const refreshes: number[] = [];
const expected: { least: number; most: number }[] = [];

async function kill(index: number): Promise<void> {
  const { child } = workers[index] ?? {};
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  kills += 1;
  child.kill("SIGKILL");
  await once(child, "close");
}

/** Waits for somebody to hold the lease and kills that process at a moment nobody chose. */
async function killHolder(): Promise<number> {
  for (let look = 0; look < 400; look += 1) {
    const { heldBy } = await leases.read("acme");
    const index = Number(heldBy?.split(" ")[0]);
    if (heldBy !== undefined && Number.isInteger(index)) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 25));
      await kill(index);
      holderKills += 1;
      return 1;
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return 0;
}

async function killSomebody(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 300));
  const index = Math.floor(Math.random() * processes);
  const holder = Number((await leases.read("acme")).heldBy?.split(" ")[0]);
  await kill(index);
  return holder === index ? 1 : 0;
}

/** One expiry: time moves past the token's end, and everybody calls. */
async function expire(disturb: () => Promise<number>): Promise<string[]> {
  const before = sandbox.received.get(tokenPath) ?? 0;
  ahead += dayMs + 1_000;
  sandbox.clock.advance(dayMs + 1_000);
  const answers = workers.map(({ child, next }) => {
    child.stdin?.write(`${ahead}\n`);
    return next();
  });
  const killed = await disturb();
  const results = (await Promise.all(answers)).filter((result) => result !== undefined);
  calls += results.length;
  refreshes.push((sandbox.received.get(tokenPath) ?? 0) - before);
  expected.push({ least: 1, most: 1 + killed });
  for (const [index, { child }] of workers.entries()) {
    if (child.signalCode !== null) workers[index] = await startWorker(index);
  }
  return results;
}

try {
  for (let round = 0; round < expiries; round += 1) {
    // A third undisturbed; in a third whoever refreshes is killed at it; in a third somebody is, whatever it is doing.
    const disturb = [async () => 0, killHolder, killSomebody][round % 3] ?? killHolder;
    const results = await expire(disturb);
    const wrong = results.filter((result) => result !== "200");
    failed += wrong.length;
    console.error(
      `expiry ${round + 1}: ${results.length} calls, ${wrong.length} failed ${[...new Set(wrong)].join(" ")}, ${refreshes.at(-1)} refresh(es)`,
    );
  }
  connections.forget("acme");
  const stored = await connections.credentials("acme");
  const pairsStored = stored.auth === "oauth2" ? stored.version - 1 : 0;

  // The end that has no way to succeed: the refresh token is dead, and that is found out once.
  sandbox.oauth2Tokens.revokeAll();
  const dead = await expire(async () => 0);
  const deadTokenCalls = refreshes.pop() ?? 0;
  expected.pop();
  calls -= dead.length;
  const isDeadRight = dead.every((result) => result === "connection-needs-reauth") && deadTokenCalls === 1;
  const isMarked = (await connections.find("acme"))?.status === "needs_reauth";

  const areRefreshesRight = refreshes.every((count, round) => {
    const { least, most } = expected[round] ?? { least: 1, most: 1 };
    return count >= least && count <= most;
  });
  const right = failed === 0 && areRefreshesRight && pairsStored === expiries && isDeadRight && isMarked;
  console.log(
    JSON.stringify({
      processes,
      expiries,
      calls,
      failed,
      refreshes,
      pairsStored,
      kills,
      holderKills,
      deadTokenCalls,
      right,
    }),
  );
  process.exitCode = right ? 0 : 1;
} finally {
  for (const { child } of workers) child.kill();
  dynamoServer.stop();
  table.dynamo.destroy();
  secretsManager.destroy();
  await secretsServer.close();
  await sandbox.close();
}
