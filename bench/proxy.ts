import { spawn } from "node:child_process";
import { Agent, get } from "node:http";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { lambdaContext } from "../local/invocations.ts";
import { openBenchGateway } from "./support/bench-gateway.ts";
import { startDynamoProcess } from "./support/dynamo-process.ts";
import { useLocalCredentials } from "./support/local-credentials.ts";

// npm run bench:proxy: the same calls directly, through our function, and through fastify, @fastify/http-proxy,
// rate-limiter-flexible (a limiter for each window) and oauth-1.0a, all against the same upstream and the same DynamoDB, each
// in a process of its own, in short turns. Then as many calls as an hour allows, for memory. The last line is JSON.
useLocalCredentials();
const turnMs = 400;
const turns = Math.max(2, Math.round((Number(process.env.BENCH_SECONDS ?? 6) * 1000) / turnMs));
const callers = 16;
/** 10 calls a second for an hour. */
const soakCalls = Number(process.env.BENCH_SOAK ?? 36_000);
// A call that is never cached, so that every one is sent.
const path = "/api/hr/v2/jobs?buyer_team__reference=1&page=0%3B20";

const script = fileURLToPath(new URL("support/proxy-server.ts", import.meta.url));
async function startServer(...values: string[]): Promise<{ url: string; key: string }> {
  const child = spawn(process.execPath, [script, ...values], { stdio: ["ignore", "pipe", "inherit"] });
  process.once("exit", () => child.kill());
  return new Promise((resolve, reject) => {
    child.stdout.once("data", (chunk) => resolve(JSON.parse(String(chunk))));
    child.once("exit", (code) => reject(new Error(`The ${values[0]} server ended with ${code}.`)));
  });
}

const store = await startDynamoProcess();
const upstream = await startServer("upstream");
const ours = await startServer("ours", store.url, upstream.url);
const peer = await startServer("peer", store.url, upstream.url);
const here = await openBenchGateway(store.url, upstream.url);

const agent = new Agent({ keepAlive: true, maxSockets: callers });
function request({ url, key }: { url: string; key: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url + path, { agent, headers: { authorization: `Bearer ${key}` } }, (response) => {
      response.resume();
      response.once("end", () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`${url} answered ${response.statusCode}`)),
      );
    }).once("error", reject);
  });
}

const [rawPath = "", rawQueryString = ""] = path.split("?");
const event = {
  version: "2.0",
  routeKey: "ANY /api/{path+}",
  rawPath,
  rawQueryString,
  headers: { authorization: `Bearer ${here.key}` },
  isBase64Encoded: false,
  requestContext: {
    stage: "$default",
    requestId: "bench",
    http: { method: "GET", path: rawPath, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "" },
  },
};
async function invoke(): Promise<void> {
  const { statusCode } = await here.handler(event as never, lambdaContext("proxy", "bench"));
  if (statusCode !== 200) throw new Error(`The function answered ${statusCode}`);
}

/** One conditional write as the ledger's is one: what a call cannot do without. */
const roundTrip = () =>
  here.counter.send(
    new UpdateItemCommand({
      TableName: here.budgetTable,
      Key: { pk: { S: "ROUND-TRIP" } },
      UpdateExpression: "ADD used :one",
      ConditionExpression: "attribute_not_exists(used) OR used < :most",
      ExpressionAttributeValues: { ":one": { N: "1" }, ":most": { N: "1000000000" } },
      ReturnValues: "UPDATED_NEW",
    }),
  );

type Side = { call: () => Promise<unknown>; alone: number[]; calls: number; seconds: number };
const side = (call: () => Promise<unknown>): Side => ({ call, alone: [], calls: 0, seconds: 0 });
const sides = {
  direct: side(() => request(upstream)),
  roundTrip: side(roundTrip),
  function: side(invoke),
  ours: side(() => request(ours)),
  peer: side(() => request(peer)),
};

async function turn(one: Side, width: number): Promise<void> {
  const from = performance.now();
  const end = from + turnMs;
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (performance.now() < end) {
        const began = performance.now();
        await one.call();
        if (width === 1) one.alone.push(performance.now() - began);
        else one.calls += 1;
      }
    }),
  );
  if (width > 1) one.seconds += (performance.now() - from) / 1000;
}

for (const one of Object.values(sides)) for (let count = 0; count < 50; count += 1) await one.call();
for (let count = 0; count < turns; count += 1) {
  for (const one of Object.values(sides)) await turn(one, 1);
  for (const one of [sides.ours, sides.peer]) await turn(one, callers);
}

const p50 = ({ alone }: Side) => alone.toSorted((a, b) => a - b)[Math.floor(alone.length / 2)] ?? 0;
const rate = ({ calls, seconds }: Side) => calls / seconds;
const round = (value: number) => Math.round(value * 100) / 100;
console.log("latency of one caller, p50 in ms:");
for (const [name, one] of Object.entries(sides)) console.log(`  ${name.padEnd(10)} ${round(p50(one))}`);
console.log(
  `calls a second with ${callers} callers: ours ${Math.round(rate(sides.ours))}, peer ${Math.round(rate(sides.peer))}`,
);

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const heapKB = () => {
  collect();
  return process.memoryUsage().heapUsed / 1024;
};
const heaps: number[] = [];
for (let quarter = 0; quarter < 4; quarter += 1) {
  for (let made = 0; made < soakCalls / 4; made += callers) await Promise.all(Array.from({ length: callers }, invoke));
  heaps.push(Math.round(heapKB()));
}
console.log(`heap in KB after each quarter of ${soakCalls} calls: ${heaps.join(", ")}`);

console.log(
  JSON.stringify({
    ratioToPeer: round(rate(sides.ours) / rate(sides.peer)),
    addedMsP50: round(p50(sides.function) - p50(sides.direct)),
    storeRoundTripMsP50: round(p50(sides.roundTrip)),
    overRoundTripMs: round(p50(sides.function) - p50(sides.direct) - p50(sides.roundTrip)),
    peerAddedMsP50: round(p50(sides.peer) - p50(sides.direct)),
    callsPerSecond: { ours: Math.round(rate(sides.ours)), peer: Math.round(rate(sides.peer)) },
    soak: { calls: soakCalls, heapKB: heaps, grownKB: (heaps.at(-1) ?? 0) - (heaps[0] ?? 0) },
  }),
);
process.exit(0);
