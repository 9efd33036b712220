import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { drill } from "./drill.ts";

// `npm run restore:drill -- TABLE...`: proves that backups can be restored, with your own AWS credentials.
const names = process.argv.slice(2);
if (names.length === 0) {
  console.error("Name the tables: the deployment printed them as BudgetTable and StateTable.");
  process.exit(1);
}
const client = new DynamoDBClient({});
for (const name of names) console.log(JSON.stringify(await drill(client, name, Date.now)));
