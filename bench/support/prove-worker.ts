import { appendFileSync, existsSync, statSync } from "node:fs";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createLedger } from "../../functions/budget/ledger.ts";
import { storeClock } from "../../functions/budget/store-clock.ts";
import { proofClients } from "./proof-clients.ts";

// One gateway: asks, and writes down at once what became of it, so that a kill loses at most the call under way.
const [endpoint = "", quota = "0", attempts = "0", journal = "", index = "0"] = process.argv.slice(2);
const dynamo = new DynamoDBClient({ endpoint, maxAttempts: 1 });
const clients = proofClients(Number(quota));
const client = clients[Number(index) % clients.length];
if (client === undefined) throw new Error("no client");
const ledger = createLedger({
  dynamo,
  clock: storeClock(dynamo),
  tableName: "budget",
  application: "prove",
  limits: [{ name: "day", quota: Number(quota), seconds: 86_400 }],
  now: Date.now,
});
let done = existsSync(journal) ? statSync(journal).size : 0;
while (done < Number(attempts)) {
  const reservation = await ledger.reserve({ client });
  // A store too busy to answer is asked again; only a decision counts as an attempt.
  if (!reservation.admitted && reservation.refusal.kind === "store") continue;
  appendFileSync(journal, reservation.admitted ? "s" : "r");
  done += 1;
}
