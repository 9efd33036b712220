import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createLedger } from "../../functions/budget/ledger.ts";
import { defaultShare } from "../../functions/platform/share-schema.ts";

// A gateway of its own: asks `attempts` times, one after the other, and says how many calls it was allowed.
const [endpoint = "", tableName = "", quota = "0", attempts = "0"] = process.argv.slice(2);
const client = { id: "worker", share: defaultShare };
const ledger = createLedger({
  dynamo: new DynamoDBClient({ endpoint, maxAttempts: 1 }),
  tableName,
  application: "test",
  limits: [
    { name: "second", quota: 1_000, seconds: 1 },
    { name: "day", quota: Number(quota), seconds: 86_400 },
  ],
  now: Date.now,
});
let admitted = 0;
for (let attempt = 0; attempt < Number(attempts); attempt += 1) {
  if ((await ledger.reserve({ client })).admitted) admitted += 1;
}
console.log(JSON.stringify({ admitted }));
