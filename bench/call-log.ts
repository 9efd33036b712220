import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createLedger } from "../functions/budget/ledger.ts";
import { fullAccess } from "../functions/clients/access.ts";
import { createAuthenticate } from "../functions/clients/authenticate.ts";
import { createCallLog } from "../functions/clients/call-log.ts";
import { createClient } from "../functions/clients/client-keys.ts";
import { createConnectionStore } from "../functions/oauth/connections.ts";
import { createCounterDynamo, createDynamo, createLogDynamo, createSecretsManager } from "../functions/platform/aws.ts";
import { createSecretStore } from "../functions/platform/secrets.ts";
import { proxyCall } from "../functions/proxy/proxy.ts";
import { createTables, startDynamo } from "../local/dynamodb.ts";
import { applyEnvironment, awsEnvironment } from "../local/environment.ts";
import { startSecretsManager } from "../local/secrets-manager.ts";

/**
 * What the call log adds to a call on the local stack: calls with and without it, one after the other, through the
 * whole proxy on the embedded stores. The upstream answers at once, so nothing of the write can hide behind it.
 * Ends with one line of JSON: npm run bench:call-log
 */
const turns = Number(process.argv[2] ?? 60);
const pairsInTurn = 20;
const warmUpTurns = 10;

process.env.POWERTOOLS_LOG_LEVEL = "ERROR";
const dynamoServer = await startDynamo();
const secretsServer = await startSecretsManager();
applyEnvironment(awsEnvironment({ dynamo: dynamoServer.url, secrets: secretsServer.url }));
const upstream = createServer((_request, response) =>
  response.writeHead(200, { "content-type": "application/json" }).end('{"ok":true}'),
);
await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
const { port } = upstream.address() as AddressInfo;

const names = { budget: "bench-budget", state: "bench-state" };
const table = { dynamo: createDynamo(), name: names.state };
await createTables(table.dynamo, names);
const connections = createConnectionStore(table, createSecretStore(createSecretsManager()), "bench");
const account = { reference: "1", name: "Ada", profileUrl: "" };
await connections.save("acme", { auth: "oauth1", token: { key: "t", secret: "s" } }, account, Date.now());
const client = { id: "crm", name: "CRM", connection: "acme", access: fullAccess };
const { key } = await createClient(table, client, "test");

const dependencies = {
  authenticate: createAuthenticate(table, "test"),
  oauth1: () => Promise.reject(new Error("No call of this bench is signed.")),
  application: async () => ({ key: "consumer", secret: "consumer-secret" }),
  connections: { ...connections, afterRefusal: async () => undefined },
  ledger: createLedger({
    dynamo: createCounterDynamo(),
    tableName: names.budget,
    application: "bench",
    limits: [{ name: "day", quota: 10_000_000, seconds: 86_400 }],
    now: Date.now,
  }),
  upstream: `http://127.0.0.1:${port}`,
  upstreamTimeoutMs: 5_000,
  now: Date.now,
};
const sample = {
  client: "crm",
  connection: "acme",
  method: "GET",
  path: "/api/auth/v1/info",
  status: 200,
  upstreamMs: 1,
  gatewayMs: 1,
  cost: 1,
  attempts: 1,
  cache: "bypass",
};
const { record } = createCallLog({ dynamo: createLogDynamo(), name: names.state }, 30);

async function timed(recordCall: typeof record | undefined): Promise<number> {
  const from = performance.now();
  await proxyCall(recordCall === undefined ? dependencies : { ...dependencies, recordCall }, {
    id: randomUUID(),
    method: "GET",
    path: "/api/auth/v1/info",
    rawQuery: "",
    headers: { authorization: `Bearer ${key}` },
    cookies: {},
    body: new Uint8Array(),
    sourceIp: "127.0.0.1",
  });
  return performance.now() - from;
}

/** A few pairs after each other; each kind is first as often as second. */
async function turn(): Promise<{ without: number[]; withLog: number[]; totalMs: number }> {
  const without: number[] = [];
  const withLog: number[] = [];
  const from = performance.now();
  for (let count = 0; count < pairsInTurn; count += 1) {
    const isLogFirst = count % 2 === 0;
    const first = await timed(isLogFirst ? record : undefined);
    const second = await timed(isLogFirst ? undefined : record);
    withLog.push(isLogFirst ? first : second);
    without.push(isLogFirst ? second : first);
  }
  return { without, withLog, totalMs: performance.now() - from };
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const round = (ms: number) => Number(ms.toFixed(3));
function summary(of: readonly Awaited<ReturnType<typeof turn>>[]) {
  const without = of.flatMap((one) => one.without);
  const withLog = of.flatMap((one) => one.withLog);
  return {
    withoutMs: round(median(without)),
    withMs: round(median(withLog)),
    addedMs: round(median(withLog.map((ms, index) => ms - (without[index] ?? 0)))),
  };
}

for (let count = 0; count < warmUpTurns; count += 1) await turn();
const all: Awaited<ReturnType<typeof turn>>[] = [];
for (let count = 0; count < turns; count += 1) all.push(await turn());
// Where others use the machine too, the turns that took least are the ones in which they did so least.
const quietest = all.toSorted((a, b) => a.totalMs - b.totalMs).slice(0, Math.ceil(turns / 4));
const recordMs: number[] = [];
for (let count = 0; count < 200; count += 1) {
  const from = performance.now();
  await record({ ...sample, at: Date.now(), requestId: randomUUID() });
  recordMs.push(performance.now() - from);
}
console.log(
  JSON.stringify({
    pairs: turns * pairsInTurn,
    ...summary(all),
    quietestQuarter: summary(quietest),
    writeAloneMs: round(median(recordMs)),
  }),
);
process.exit(0);
