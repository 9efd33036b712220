import { parseArgs } from "node:util";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { createConnectionStore } from "../functions/oauth/connections.ts";
import { createSecretStore } from "../functions/platform/secrets.ts";
import { createTables } from "../local/dynamodb.ts";
import { startSecretsManager } from "../local/secrets-manager.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import { startDynamoProcess } from "./support/dynamo-process.ts";
import { useLocalCredentials } from "./support/local-credentials.ts";
import { type Halt, type RefreshWorker, startRefreshWorker } from "./support/refresh-crew.ts";
import { type Disturbance, directedDisturbances, randomDisturbance } from "./support/refresh-disturbances.ts";
import { type Door, openDoor } from "./support/watched-door.ts";

// npm run prove:refresh: many processes meet the end of one access token at the same moment, again and again, while they
// are killed: at each step on purpose, and at moments nobody chose. What they send passes doors that count, so it is known
// from outside who asked the sandbox and whose tokens were stored. For each expiry must hold:
//
//   refreshes that reached the sandbox = 1 + processes killed between sending one and storing its answer
//
// and one pair was stored, and no call failed. Ends with a line of JSON, and with exit code 1 where that is not so.
const { values } = parseArgs({
  options: {
    processes: { type: "string", default: "32" },
    random: { type: "string", default: "32" },
    lease: { type: "string", default: "3000" },
  },
});
const [processes, randomRounds, leaseMs] = [Number(values.processes), Number(values.random), Number(values.lease)];
useLocalCredentials();
process.env.POWERTOOLS_LOG_LEVEL ??= "ERROR";

const dayMs = 86_400_000;
const tokenCall = "POST /api/v3/oauth2/token";
const prefix = "upwork-gateway/prove";
const names = { budget: "prove-budget", state: "prove-state" };

const dynamoServer = await startDynamoProcess();
const secretsServer = await startSecretsManager();
const sandbox = await startSandbox();
const { clientId, clientSecret } = sandbox.oauth2Application;
const table = { dynamo: new DynamoDBClient({ endpoint: dynamoServer.url }), name: names.state };
const secretsManager = new SecretsManagerClient({ endpoint: secretsServer.url });
const connections = createConnectionStore(table, createSecretStore(secretsManager), prefix);
await createTables(table.dynamo, names);
await connect();

async function connect(): Promise<void> {
  const { clock, oauth2Tokens } = sandbox;
  const issuedAt = clock.now();
  const asked = { clientId, userId: "ada", redirectUri: undefined, challenge: undefined };
  const pair = oauth2Tokens.redeemCode(oauth2Tokens.issueCode(asked, issuedAt), () => true, issuedAt);
  if (pair === undefined) throw new Error("The sandbox gave no tokens.");
  const account = { reference: "1", name: "ada", profileUrl: "" };
  await connections.save("acme", { auth: "oauth2", ...pair, issuedAt, expiresAt: issuedAt + dayMs }, account, issuedAt);
}

/** A place among the processes, with the doors of whoever stands there, and what passed them in this expiry. */
type Place = { worker: RefreshWorker; doors: Door[]; stored: number; last: "asked" | "stored" | "none" };
const places: Place[] = [];
let disturbance: Disturbance = { name: "none", cost: 0 };
let killed = new Set<number>();
let ahead = 0;

async function kill(index: number): Promise<void> {
  if (killed.has(index)) return;
  killed.add(index);
  await places[index]?.worker.kill();
}

/** Tells the disturbance of this expiry what happens at a place; it may kill before that goes on. */
const disturb = async (event: Parameters<NonNullable<Disturbance["on"]>>[0], index: number) =>
  (await disturbance.on?.(event, index, kill)) ?? true;

async function fill(index: number): Promise<Place> {
  const place: Omit<Place, "worker"> = { doors: [], stored: 0, last: "none" };
  const upstream = await openDoor(sandbox.url, {
    async asked(what) {
      if (what !== tokenCall) return true;
      const mayPass = await disturb("asking", index);
      if (mayPass) place.last = "asked";
      return mayPass;
    },
    async answered(what) {
      if (what === tokenCall) await disturb("asked", index);
    },
  });
  const store = await openDoor(secretsServer.url, {
    asked: async (what) => what !== "PutSecretValue" || disturb("storing", index),
    async answered(what, status) {
      if (what !== "PutSecretValue" || status !== 200) return;
      place.stored += 1;
      place.last = "stored";
      await disturb("stored", index);
    },
  });
  place.doors.push(upstream, store);
  const setting = { index, dynamo: dynamoServer.url, table: names.state, prefix, leaseMs };
  const worker = await startRefreshWorker(
    { ...setting, secrets: store.url, upstream: upstream.url, application: { clientId, clientSecret } },
    () => void disturb("halted", index).then(() => worker.goOn()),
  );
  return Object.assign(place, { worker });
}

type Expiry = { results: string[]; refreshes: number; stored: number; lost: number; kills: number };

/** One expiry: time moves past the token's end, and everybody calls. */
async function expire(next: Disturbance): Promise<Expiry> {
  disturbance = next;
  killed = new Set();
  for (const place of places) Object.assign(place, { stored: 0, last: "none" });
  const before = sandbox.received.get(tokenCall) ?? 0;
  ahead += dayMs + 1_000;
  sandbox.clock.advance(dayMs + 1_000);
  const order = { ahead, haltAt: next.haltAt as Halt | undefined };
  const answers = places.map(({ worker }) => worker.call(order));
  const disturbed = next.act?.(processes, kill);
  const results = (await Promise.all(answers)).filter((result) => result !== undefined);
  await Promise.all([disturbed, next.end?.()]);
  disturbance = { name: "none", cost: 0 };
  const dead = [...killed].flatMap((index) => places[index] ?? []);
  // What they sent before they were killed may still be on its way.
  for (const { worker, doors } of dead) {
    await worker.kill();
    for (const door of doors) await door.empty();
  }
  const expiry = {
    results,
    // As the sandbox counts them; the doors know who sent them.
    refreshes: (sandbox.received.get(tokenCall) ?? 0) - before,
    stored: places.reduce((all, { stored }) => all + stored, 0),
    lost: dead.filter(({ last }) => last === "asked").length,
    kills: dead.length,
  };
  await Promise.all(
    [...killed].map(async (index) => {
      for (const door of places[index]?.doors ?? []) door.close();
      places[index] = await fill(index);
    }),
  );
  return expiry;
}

const totals = { calls: 0, failed: 0, refreshes: 0, killedBetweenSendAndStore: 0, killsElsewhere: 0, pairsStored: 0 };
const costOfKillAt: Record<string, number> = {};
let isRight = true;

try {
  places.push(...(await Promise.all(Array.from({ length: processes }, (_, index) => fill(index)))));
  const undisturbed: Disturbance = { name: "undisturbed", cost: 0 };
  const plan = [undisturbed, ...directedDisturbances, ...Array.from({ length: randomRounds }, randomDisturbance)];
  for (const [round, next] of plan.entries()) {
    const { results, refreshes, stored, lost, kills } = await expire(next);
    const wrong = results.filter((result) => result !== "200");
    totals.calls += results.length;
    totals.failed += wrong.length;
    totals.refreshes += refreshes;
    totals.killedBetweenSendAndStore += lost;
    totals.killsElsewhere += kills - lost;
    totals.pairsStored += stored;
    // A kill at a chosen step has a known cost; one at a moment nobody chose costs what the doors saw.
    const holds = refreshes === 1 + lost && stored === 1 && wrong.length === 0 && (next.cost ?? lost) === lost;
    if (next.cost !== undefined && next !== undisturbed) {
      costOfKillAt[next.name] = refreshes - 1;
      isRight &&= kills === 1;
    }
    isRight &&= holds;
    console.error(
      `expiry ${round + 1} (${next.name}): ${refreshes} refresh(es), ${kills} killed, ${lost} of them between sending and storing; ${results.length} calls, ${wrong.length} failed ${[...new Set(wrong)].join(" ")}${holds ? "" : "  <- WRONG"}`,
    );
  }

  // The end that has no way to succeed: the refresh token is dead, and that is found out once.
  sandbox.oauth2Tokens.revokeAll();
  const dead = await expire({ name: "dead", cost: 0 });
  const deadTokenCalls = dead.refreshes;
  isRight &&= deadTokenCalls === 1 && dead.results.every((result) => result === "connection-needs-reauth");
  isRight &&= (await connections.find("acme"))?.status === "needs_reauth";
  console.log(
    JSON.stringify({ processes, expiries: plan.length, ...totals, costOfKillAt, deadTokenCalls, right: isRight }),
  );
  process.exitCode = isRight ? 0 : 1;
} finally {
  for (const { worker, doors } of places) {
    await worker.kill();
    for (const door of doors) door.close();
  }
  dynamoServer.stop();
  table.dynamo.destroy();
  secretsManager.destroy();
  await secretsServer.close();
  await sandbox.close();
}
