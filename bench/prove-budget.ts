import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { gatewayClient } from "../functions/budget/gateway-client.ts";
import { createLedger } from "../functions/budget/ledger.ts";
import { gatewayGuarantee } from "../functions/platform/share-schema.ts";
import { createTable } from "../local/dynamodb.ts";
import { startDynamoProcess } from "./support/dynamo-process.ts";
import { useLocalCredentials } from "./support/local-credentials.ts";
import { proofClients } from "./support/proof-clients.ts";

// npm run prove:budget: many processes of five clients share one quota while a third of them is killed and started
// again. Ends with a line of JSON, and with exit code 1 when a call too many was sent, a guarantee or a cap was broken,
// or more units were lost than processes killed.
const { values } = parseArgs({
  options: {
    processes: { type: "string", default: "32" },
    attempts: { type: "string", default: "100000" },
    quota: { type: "string", default: "40000" },
  },
});
const [processes, attempts, quota] = [Number(values.processes), Number(values.attempts), Number(values.quota)];
useLocalCredentials();

const server = await startDynamoProcess();
const folder = mkdtempSync(join(tmpdir(), "prove-budget-"));
const worker = fileURLToPath(new URL("support/prove-worker.ts", import.meta.url));
const dynamo = new DynamoDBClient({ endpoint: server.url });
await createTable(dynamo, {
  TableName: "budget",
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
  KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
});

let kills = 0;
const share = Math.ceil(attempts / processes);
const journal = (index: number) => join(folder, `${index}.journal`);

/** Runs one process to the end of its attempts, starting it again each time it is killed. */
async function run(index: number): Promise<void> {
  // Every third process is killed a few times, at moments nobody chooses.
  let lives = index % 3 === 0 ? 3 : 0;
  for (;;) {
    const child = spawn(
      process.execPath,
      [worker, server.url, String(quota), String(share), journal(index), String(index)],
      {
        stdio: ["ignore", "ignore", "inherit"],
      },
    );
    const timer = lives > 0 ? killLater(child) : undefined;
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    clearTimeout(timer);
    if (code === 0) return;
    if (child.signalCode !== "SIGKILL") throw new Error(`Process ${index} ended with ${code}.`);
    kills += 1;
    lives -= 1;
  }
}

function killLater(child: ChildProcess): NodeJS.Timeout {
  return setTimeout(() => child.kill("SIGKILL"), 300 + Math.random() * Math.min(20_000, attempts / 5));
}

const progress = setInterval(
  () => console.error(`${countSent().total} calls sent, ${kills} processes killed ...`),
  5_000,
);

const clients = proofClients(quota);

/** Each journal has a letter an attempt: `s` sent, `r` refused. */
function countSent(): { total: number; attempted: number; byProcess: number[]; attemptsOf: number[] } {
  const journals = Array.from({ length: processes }, (_, index) => {
    try {
      return readFileSync(journal(index), "utf8");
    } catch {
      return "";
    }
  });
  const byProcess = journals.map((text) => text.split("s").length - 1);
  return {
    total: byProcess.reduce((sum, count) => sum + count, 0),
    attempted: journals.reduce((sum, text) => sum + text.length, 0),
    byProcess,
    attemptsOf: journals.map((text) => text.length),
  };
}

/** What each client sent, and whether its share was kept: units lost to kills are the only ones it may miss. */
function judgeClients({ byProcess, attemptsOf }: ReturnType<typeof countSent>) {
  const sumOf = (values: readonly number[], client: number) =>
    values.reduce((sum, value, index) => (index % clients.length === client ? sum + value : sum), 0);
  return clients.map(({ id, share }, index) => {
    const [attempted, sent] = [sumOf(attemptsOf, index), sumOf(byProcess, index)];
    const owed = Math.min(share.guaranteed, attempted) - kills;
    const kept = sent >= owed && sent <= (share.cap ?? quota);
    return { id, attempted, sent, guaranteed: share.guaranteed, cap: share.cap ?? null, kept };
  });
}

const ledger = createLedger({
  dynamo,
  tableName: "budget",
  application: "prove",
  limits: [{ name: "day", quota, seconds: 86_400 }],
  now: Date.now,
});

/** When everybody else has taken all there is, the gateway's own units must still be there; it takes them all. */
async function takeGatewayUnits(): Promise<number> {
  let taken = 0;
  while ((await ledger.reserve({ client: gatewayClient })).admitted) taken += 1;
  return taken;
}
try {
  await ledger.guarantee(Object.fromEntries(clients.map(({ id, share: { guaranteed } }) => [id, guaranteed])));
  await Promise.all(Array.from({ length: processes }, (_, index) => run(index)));
  const gateway = await takeGatewayUnits();
  const admitted = (await ledger.read()).limits[0]?.used ?? 0;
  const counts = countSent();
  const { attempted } = counts;
  const sent = counts.total + gateway;
  const stranded = admitted - sent;
  const perClient = judgeClients(counts);
  const areSharesKept = perClient.every(({ kept }) => kept) && gateway >= gatewayGuarantee(quota);
  const isRight = sent <= quota && admitted <= quota && stranded >= 0 && stranded <= kills && areSharesKept;
  console.log(`${admitted} admitted, ${sent} sent, ${stranded} stranded by ${kills} kills.`);
  for (const { id, sent, attempted, guaranteed, cap, kept } of perClient) {
    console.log(
      `${id}: ${sent} of ${attempted} sent, ${guaranteed} guaranteed, cap ${cap ?? "none"}: ${kept ? "kept" : "BROKEN"}`,
    );
  }
  console.log(`gateway: ${gateway} sent after all others, ${gatewayGuarantee(quota)} guaranteed`);
  console.log(
    JSON.stringify({ attempts: attempted, quota, admitted, sent, stranded, kills, perClient, gateway, right: isRight }),
  );
  process.exitCode = isRight ? 0 : 1;
} finally {
  clearInterval(progress);
  server.stop();
  dynamo.destroy();
  rmSync(folder, { recursive: true, force: true });
}
