import { DynamoDB } from "@aws-sdk/client-dynamodb";
import { RateLimiterDynamo } from "rate-limiter-flexible";
import { createLedger } from "../functions/budget/ledger.ts";
import { storeClock } from "../functions/budget/store-clock.ts";
import { createCounterDynamo } from "../functions/platform/aws.ts";
import { defaultShare } from "../functions/platform/share-schema.ts";
import { createTable } from "../local/dynamodb.ts";
import { startDynamoProcess } from "./support/dynamo-process.ts";
import { useLocalCredentials } from "./support/local-credentials.ts";

// npm run bench:budget: reservations a second through the ledger and the client that our functions have, with every window and the
// clients' shares decided, beside rate-limiter-flexible's DynamoDB limiter doing the least of it (one key, one window), set up as its
// documentation shows, on the same endpoint, in turn. The last line is JSON.
const turnMs = 250;
const turns = Math.max(1, Math.round((Number(process.env.BENCH_SECONDS ?? 10) * 1000) / turnMs));
useLocalCredentials();

const server = await startDynamoProcess();
process.env.AWS_ENDPOINT_URL_DYNAMODB = server.url;
const ownClient = createCounterDynamo();
const peerClient = new DynamoDB({ maxAttempts: 1 });
let writes = 0;
for (const client of [ownClient, peerClient]) {
  client.middlewareStack.add(
    (next, context) => (args) => {
      if (context.commandName === "UpdateItemCommand" || context.commandName === "PutItemCommand") writes += 1;
      return next(args);
    },
    { step: "initialize", name: "countWrites" },
  );
}

const quota = 100_000_000;
await createTable(peerClient, {
  TableName: "ours",
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
  KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
});
const ledger = createLedger({
  dynamo: ownClient,
  clock: storeClock(ownClient),
  tableName: "ours",
  application: "bench",
  limits: [
    // Upwork's limits, each 2,500 times as wide, so that none is reached.
    { name: "second", quota: 25_000, seconds: 1 },
    { name: "minute", quota: 750_000, seconds: 60 },
    { name: "day", quota, seconds: 86_400 },
  ],
  now: Date.now,
});
await createTable(peerClient, {
  TableName: "peer",
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [{ AttributeName: "key", AttributeType: "S" }],
  KeySchema: [{ AttributeName: "key", KeyType: "HASH" }],
});
const peer = new RateLimiterDynamo({
  storeClient: peerClient,
  tableName: "peer",
  points: quota,
  duration: 60,
  tableCreated: true,
  ttlSet: true,
});

/** What one side did in all of its turns. */
type Tally = { calls: number; seconds: number; writes: number; latencies: number[] };
const emptyTally = (): Tally => ({ calls: 0, seconds: 0, writes: 0, latencies: [] });

/** Lets callers call for one turn; returns their calls a second. Turns are short and alternate, so that a busy moment of the machine hits both sides. */
async function takeTurn(tally: Tally, callers: number, call: () => Promise<unknown>): Promise<number> {
  const before = writes;
  const callsBefore = tally.calls;
  const startedAt = performance.now();
  const end = startedAt + turnMs;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() < end) {
        const from = performance.now();
        await call();
        tally.latencies.push(performance.now() - from);
        tally.calls += 1;
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  tally.seconds += seconds;
  tally.writes += writes - before;
  return (tally.calls - callsBefore) / seconds;
}

function figuresOf({ calls, seconds, writes, latencies }: Tally) {
  const sorted = latencies.toSorted((a, b) => a - b);
  const quantile = (part: number) => Number((sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(2));
  return {
    perSecond: Math.round(calls / seconds),
    writesPerCall: Number((writes / calls).toFixed(3)),
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
  };
}

/** A team: two apps with units of their own, one with a cap, one that runs in batches, one with nothing special. */
const clients = [
  { id: "crm", share: { ...defaultShare, guaranteed: 20_000_000 } },
  { id: "search", share: { ...defaultShare, guaranteed: 5_000_000 } },
  { id: "reports", share: { ...defaultShare, cap: 30_000_000 } },
  { id: "nightly", share: { ...defaultShare, priority: "batch" as const } },
  { id: "website", share: defaultShare },
];
await ledger.guarantee(Object.fromEntries(clients.map(({ id, share }) => [id, share.guaranteed])));
let calls = 0;
async function reserve(): Promise<void> {
  calls += 1;
  const client = clients[calls % clients.length];
  if (client === undefined) return;
  const reservation = await ledger.reserve({ client });
  if (!reservation.admitted) throw new Error(`refused by ${reservation.refusal.name}`);
}
const consume = () => peer.consume("bench", 1);

const ratio: Record<string, number> = {};
const ours: Record<string, ReturnType<typeof figuresOf>> = {};
const peers: Record<string, ReturnType<typeof figuresOf>> = {};
for (let turn = 0; turn < 4; turn += 1) {
  await takeTurn(emptyTally(), 8, reserve);
  await takeTurn(emptyTally(), 8, consume);
}
for (const callers of [1, 8, 64]) {
  const [own, other] = [emptyTally(), emptyTally()];
  const ratios: number[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const perSecond = await takeTurn(own, callers, reserve);
    ratios.push(perSecond / (await takeTurn(other, callers, consume)));
  }
  const [mine, theirs] = [figuresOf(own), figuresOf(other)];
  ours[callers] = mine;
  peers[callers] = theirs;
  // The median of all pairs of turns: a moment in which the machine did something else says nothing of either side.
  ratio[callers] = Number((ratios.toSorted((a, b) => a - b)[Math.floor(turns / 2)] ?? 0).toFixed(2));
  console.log(
    `${callers} callers: ours ${JSON.stringify(mine)}, rate-limiter-flexible ${JSON.stringify(theirs)}, ratio ${ratio[callers]}`,
  );
}
server.stop();
console.log(JSON.stringify({ ratio, ours, peer: peers }));
process.exit(0);
