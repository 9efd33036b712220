import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createDynamo, createSecretsManager } from "../functions/platform/aws.ts";
import { readConfig } from "../functions/platform/config.ts";
import { logger } from "../functions/platform/log.ts";
import { createSecretStore } from "../functions/platform/secrets.ts";
import { defineWatch } from "../functions/watches/new-watch.ts";
import { openWatches } from "../functions/watches/open-watches.ts";
import { createTell } from "../functions/watches/tell.ts";
import { runDue } from "../functions/watches/tick.ts";
import { createDeliverer } from "../functions/webhooks/deliverer.ts";
import { scheduleMs } from "../functions/webhooks/going-on.ts";
import { openWebhookServices } from "../functions/webhooks/open-deliverer.ts";
import { createSharedTurns } from "../functions/webhooks/turns.ts";
import { connectThroughConsent } from "../local/connect-through-consent.ts";
import { startLocalGateway } from "../local/gateway.ts";
import { type Receiver, startReceiver } from "../local/receiver.ts";
import { createCountingDynamo } from "./support/counting-dynamo.ts";
import { watchEventLoop } from "./support/event-loop.ts";

// npm run prove:webhooks: many watches find many items in one round, and tell five receivers of each, of which one hangs,
// one answers 500 half of the time and one is dead. Then the sick ones get well. Ends with a line of JSON, and with exit
// code 1 where an event was lost, a repeated delivery had another webhook-id, or a healthy receiver waited too long.
// With --beside-schedule the gateway's own schedules, which run every minute, begin in the middle of the round: then two
// more deliverers work on the same table. All of them, the sandbox, the stores and the receivers are one process here;
// how busy its event loop was is told too, for that is in the delays and is not the gateway's.
const { values } = parseArgs({
  options: {
    watches: { type: "string", default: "200" },
    items: { type: "string", default: "1000" },
    "beside-schedule": { type: "boolean", default: false },
  },
});
const [watchCount, itemCount] = [Number(values.watches), Number(values.items)];
logger.setLogLevel("CRITICAL");
const startedAt = Date.now();

const dataDir = mkdtempSync(join(tmpdir(), "prove-webhooks-"));
process.once("exit", () => rmSync(dataDir, { recursive: true, force: true }));
// The budget is not what is measured here: its limits are far away.
const limits = JSON.stringify([{ name: "second", quota: 1_000, seconds: 1 }]);
const gateway = await startLocalGateway({ port: 0, sandboxPort: 0, dataDir, limits });
await connectThroughConsent(gateway.url, "demo", "allow");

const secrets = new Map<string, string>();
const sick = { hangs: true, fails: true };
const names = ["healthy-1", "healthy-2", "hangs", "fails-half", "dead"] as const;
const receivers = new Map<string, Receiver>();
for (const name of names) {
  const receiver = await startReceiver({
    secret: () => secrets.get(name) ?? "",
    answer: (response) => {
      if (name === "hangs" && sick.hangs) return;
      response.writeHead(name === "fails-half" && sick.fails && Math.random() < 0.5 ? 500 : 204).end();
    },
  });
  receivers.set(name, receiver);
}
const deadUrl = receivers.get("dead")?.url ?? "";
await receivers.get("dead")?.close();

async function admin(path: string, body: unknown): Promise<Record<string, { id: string } & string>> {
  const answer = await fetch(`${gateway.url}/admin${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.adminKey}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Record<string, { id: string } & string>;
}

const ids = new Map<string, string>();
for (const name of names) {
  const url = receivers.get(name)?.url;
  const { webhook, secret } = await admin("/webhooks", { name, url, perSecond: 100, inFlight: 16 });
  secrets.set(name, String(secret));
  ids.set(name, webhook?.id ?? "");
}
const config = readConfig();
const table = { dynamo: createDynamo(), name: config.stateTable };
const secretStore = createSecretStore(createSecretsManager());
const watching = openWatches(config, table, secretStore);
const { endpoints, deliveries, sendNow } = openWebhookServices(config, table, secretStore);
const now = Date.now;
const turns = createCountingDynamo();
let tries = 0;
// Everything as deployed but for the pauses between tries: a day of them would be long to watch.
const deliverer = createDeliverer({
  endpoints,
  outbox: watching.outbox,
  deliveries,
  send: (endpoint, event) => {
    tries += 1;
    return sendNow(endpoint, event);
  },
  takeTurns: createSharedTurns({ ...table, dynamo: turns.dynamo }),
  raise: watching.raise,
  now,
  random: Math.random,
  log: logger,
  pauses: Array.from({ length: 7 }, () => 1_000),
});
const say = (text: string) => console.error(`${((now() - startedAt) / 1000).toFixed(1)} s: ${text}`);
for (let index = 0; index < watchCount; index += 1) {
  const asked = { name: `Watch ${index}`, client: "demo", schedule: { everyMinutes: 60 } };
  const definition = defineWatch({ ...asked, preset: "jobs", query: { q: `provewatch${index}x` } }, "demo");
  const id = `wat_${index.toString(16).padStart(20, "0")}`;
  await watching.watches.create({ ...definition, id, createdAt: now(), version: 1 }, now());
}
say(`${watchCount} watches`);
const round = { ...watching, deliverer, tell: createTell({ ...watching, deliverer, log: logger }) };

async function allDue() {
  for (const { watch } of await watching.watches.list()) await watching.watches.resume(watch.id, now());
}
await runDue(round, now() + 300_000);
say("every watch has learnt what is there");

const jobs = gateway.sandbox?.world.jobs;
const [pattern] = jobs?.rows ?? [];
if (jobs === undefined || pattern === undefined) throw new Error("The sandbox has no jobs.");
for (let index = 0; index < itemCount; index += 1) {
  const reference = jobs.nextReference();
  const key = `~01${(0x1000 + index).toString(16).padStart(16, "a")}`;
  const title = `Provewatch${index % watchCount}x job ${index}`;
  jobs.add({ ...pattern, reference, key, uid: `99${reference}`, title, createdAt: now() });
}

await allDue();
if (values["beside-schedule"]) await sleep(Math.max(0, startedAt + scheduleMs - 4_000 - now()));
const loadSoFar = watchEventLoop();
const begunAt = now();
const report = await runDue(round, now() + 300_000);
const roundMs = now() - begunAt;
say("the round is over");
const healthy = names.slice(0, 2).map((name) => receivers.get(name)?.received ?? []);
await Promise.all(names.slice(0, 2).map((name) => receivers.get(name)?.count(itemCount)));
const eventLoop = loadSoFar();
const turnWritesPerTry = Number((turns.requests() / tries).toFixed(3));

const delays = healthy
  .flatMap((received) =>
    received.map(({ at, body }) => at - Date.parse((JSON.parse(body) as { timestamp: string }).timestamp)),
  )
  .toSorted((a, b) => a - b);
const percentile = (share: number) => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? -1;
const hungTriesDuringRound = receivers.get("hangs")?.received.length ?? 0;

/** The gateway's own schedule delivers too, with the usual pauses; what waits for one of them is replayed. */
async function hurry(name: string) {
  const { deliveries: waiting } = await deliveries.page(ids.get(name) ?? "", { status: "pending" }, 2_000);
  for (const { endpointId, id, dueAt = 0 } of waiting) {
    if (dueAt > now() + 2_000) await deliveries.replay(endpointId, id, now());
  }
}

// Then the sick get well: the one that fails first on its own, so that its retries show.
const idsAt = (name: string) =>
  new Set(
    receivers
      .get(name)
      ?.received.filter(({ verified }) => verified)
      .map((one) => one.headers["webhook-id"]),
  );
const statusOf = async (name: string, status: "pending" | "dead") => {
  let count = 0;
  let cursor: string | undefined;
  do {
    const page = await deliveries.page(ids.get(name) ?? "", { status }, 500, cursor);
    count += page.deliveries.length;
    cursor = page.cursor;
  } while (cursor !== undefined);
  return count;
};
while ((await statusOf("fails-half", "pending")) > 0) {
  await hurry("fails-half");
  await deliverer.run(now() + 5_000);
}
say("the one that failed has everything");
const deadOfFailing = await statusOf("fails-half", "dead");
Object.assign(sick, { hangs: false, fails: false });
receivers.get("hangs")?.closeConnections();
receivers.set(
  "dead",
  await startReceiver({ port: Number(new URL(deadUrl).port), secret: () => secrets.get("dead") ?? "" }),
);
let replayed = 0;
for (const name of names) {
  const { replayed: count } = await admin(`/webhooks/${ids.get(name)}/replay`, { status: "dead" });
  replayed += Number(count);
}
const deadline = now() + 300_000;
const undelivered = async () => {
  const counts = await Promise.all(names.map((name) => statusOf(name, "pending")));
  return counts.reduce((sum, count) => sum + count, 0);
};
while ((await undelivered()) > 0 && now() < deadline) {
  for (const name of names) await hurry(name);
  await deliverer.run(now() + 5_000);
}
say("all have everything");
const stillPending = await undelivered();

const lost = Object.fromEntries(names.map((name) => [name, itemCount - idsAt(name).size]));
const repeats = Object.fromEntries(
  names.map((name) => [name, (receivers.get(name)?.received.length ?? 0) - idsAt(name).size]),
);
// One item has one webhook-id, everywhere and in every try.
const idsOfItems = new Map<string, Set<string>>();
for (const { received } of receivers.values()) {
  for (const { body, headers } of received) {
    const { itemId } = (JSON.parse(body) as { data: { itemId: string } }).data;
    idsOfItems.set(itemId, (idsOfItems.get(itemId) ?? new Set()).add(headers["webhook-id"] ?? ""));
  }
}
const result = {
  proof: "webhooks",
  watches: watchCount,
  items: itemCount,
  endpoints: names.length,
  runs: report.ran,
  roundMs,
  besideSchedule: values["beside-schedule"],
  healthyDelayMs: { p50: percentile(0.5), p95: percentile(0.95), max: delays.at(-1) ?? -1 },
  eventLoop,
  turnWritesPerTry,
  hungTriesDuringRound,
  deadAfterEightTries: deadOfFailing,
  replayed,
  lost,
  stillPending,
  repeats,
  itemsToldOf: idsOfItems.size,
  itemsWithTwoIds: [...idsOfItems.values()].filter((one) => one.size > 1).length,
};
for (const receiver of receivers.values()) await receiver.close();
await gateway.close();
const isProven =
  Object.values(lost).every((count) => count === 0) &&
  stillPending === 0 &&
  result.itemsWithTwoIds === 0 &&
  result.itemsToldOf === itemCount &&
  repeats["healthy-1"] === 0 &&
  repeats["healthy-2"] === 0 &&
  result.healthyDelayMs.p95 < 2_000;
console.log(JSON.stringify({ ...result, proven: isProven }));
process.exit(isProven ? 0 : 1);
