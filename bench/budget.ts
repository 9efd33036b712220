import { randomUUID } from "node:crypto";
import { DynamoDB } from "@aws-sdk/client-dynamodb";
import { RateLimiterDynamo } from "rate-limiter-flexible";
import { createLedger } from "../functions/budget/ledger.ts";
import { defaultShare } from "../functions/platform/share-schema.ts";
import { createTable } from "../local/dynamodb.ts";
import { startDynamoProcess } from "./support/dynamo-process.ts";

// npm run bench:budget: reservations a second, with every window decided, beside rate-limiter-flexible's DynamoDB
// limiter doing the least of it (one key, one window), on the same endpoint, in turn. The last line is JSON.
const secondsEach = Number(process.env.BENCH_SECONDS ?? 2);
const rounds = 3;
process.env.AWS_REGION ??= "eu-west-1";
process.env.AWS_ACCESS_KEY_ID ??= "local";
process.env.AWS_SECRET_ACCESS_KEY ??= "local";

const server = await startDynamoProcess();
const dynamo = new DynamoDB({ endpoint: server.url, maxAttempts: 1 });
let writes = 0;
dynamo.middlewareStack.add(
  (next, context) => (args) => {
    if (context.commandName === "UpdateItemCommand" || context.commandName === "PutItemCommand") writes += 1;
    return next(args);
  },
  { step: "initialize", name: "countWrites" },
);

const quota = 100_000_000;
await createTable(dynamo, {
  TableName: "ours",
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
  KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
});
const ledger = createLedger({
  dynamo,
  tableName: "ours",
  application: "bench",
  limits: [
    { name: "second", quota: 1_000_000, seconds: 1 },
    { name: "minute", quota: 10_000_000, seconds: 60 },
    { name: "day", quota, seconds: 86_400 },
  ],
  now: Date.now,
  createId: randomUUID,
});
await createTable(dynamo, {
  TableName: "peer",
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [{ AttributeName: "key", AttributeType: "S" }],
  KeySchema: [{ AttributeName: "key", KeyType: "HASH" }],
});
const peer = new RateLimiterDynamo({
  storeClient: dynamo,
  tableName: "peer",
  points: quota,
  duration: 60,
  tableCreated: true,
  ttlSet: true,
});

type Figures = { perSecond: number; writesPerCall: number; p50Ms: number };

async function measure(callers: number, call: () => Promise<unknown>): Promise<Figures> {
  const latencies: number[] = [];
  const before = writes;
  const startedAt = performance.now();
  const end = startedAt + secondsEach * 1000;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() < end) {
        const from = performance.now();
        await call();
        latencies.push(performance.now() - from);
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  latencies.sort((a, b) => a - b);
  return {
    perSecond: Math.round(latencies.length / seconds),
    writesPerCall: Number(((writes - before) / latencies.length).toFixed(3)),
    p50Ms: Number((latencies[Math.floor(latencies.length / 2)] ?? 0).toFixed(2)),
  };
}

const client = { id: "bench", share: defaultShare };
async function reserve(): Promise<void> {
  const reservation = await ledger.reserve({ client });
  if (!reservation.admitted) throw new Error(`refused by ${reservation.refusal.name}`);
}
const consume = () => peer.consume("bench", 1);
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const ratio: Record<string, number> = {};
const ours: Record<string, Figures> = {};
const peers: Record<string, Figures> = {};
await measure(8, reserve);
await measure(8, consume);
for (const callers of [1, 8, 64]) {
  const pairs: { ours: Figures; peer: Figures }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    pairs.push({ ours: await measure(callers, reserve), peer: await measure(callers, consume) });
  }
  ratio[callers] = Number(median(pairs.map((pair) => pair.ours.perSecond / pair.peer.perSecond)).toFixed(2));
  const last = pairs.at(-1);
  if (last === undefined) continue;
  ours[callers] = last.ours;
  peers[callers] = last.peer;
  console.log(
    `${callers} callers: ours ${JSON.stringify(last.ours)}, rate-limiter-flexible ${JSON.stringify(last.peer)}, ratio ${ratio[callers]}`,
  );
}
server.stop();
console.log(JSON.stringify({ ratio, ours, peer: peers }));
process.exit(0);
