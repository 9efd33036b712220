import { randomUUID } from "node:crypto";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { tables } from "../../functions/platform/names.ts";
import type { StateTable } from "../../functions/platform/state-table.ts";
import { createTable, createTables, startDynamo } from "../../local/dynamodb.ts";
import { startSecretsManager } from "../../local/secrets-manager.ts";
import { emptyTable, rehearsal } from "./rehearsal.ts";

export type TestDynamo = { url: string; client: DynamoDBClient; close(): Promise<void> };

/** A DynamoDB for store tests: the one that `AWS_ENDPOINT_URL_DYNAMODB` names, else an embedded one in memory. */
export async function openDynamo(): Promise<TestDynamo> {
  const given = rehearsal?.url ?? process.env.AWS_ENDPOINT_URL_DYNAMODB;
  const server = given === undefined ? await startDynamo() : { url: given, close: async () => undefined };
  const client = new DynamoDBClient({ endpoint: server.url, maxAttempts: 1 });
  return {
    url: server.url,
    client,
    close: async () => {
      client.destroy();
      await server.close();
    },
  };
}

/** A new, empty budget table of its own name, so that tests share nothing; in a rehearsal the deployed one, emptied. */
export async function createBudgetTable(dynamo: DynamoDBClient): Promise<string> {
  if (rehearsal !== undefined) {
    await emptyTable(dynamo, rehearsal.budgetTable, [tables.budget.partitionKey]);
    return rehearsal.budgetTable;
  }
  const name = `budget-${randomUUID()}`;
  await createTable(dynamo, {
    TableName: name,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: tables.budget.partitionKey, AttributeType: "S" }],
    KeySchema: [{ AttributeName: tables.budget.partitionKey, KeyType: "HASH" }],
  });
  return name;
}

/** A new pair of tables; returns the one for state. In a rehearsal the deployed one, emptied. */
export async function createStateTable(dynamo: DynamoDBClient): Promise<StateTable> {
  if (rehearsal !== undefined) {
    await emptyTable(dynamo, rehearsal.stateTable, [tables.state.partitionKey, tables.state.sortKey]);
    return { dynamo, name: rehearsal.stateTable };
  }
  const suffix = randomUUID();
  const names = { budget: `budget-${suffix}`, state: `state-${suffix}` };
  await createTables(dynamo, names);
  return { dynamo, name: names.state };
}

/** An embedded Secrets Manager in memory, or that of the rehearsal, and a client for it. */
export async function openSecretsManager() {
  const server = rehearsal === undefined ? await startSecretsManager() : { url: rehearsal.url, close: async () => {} };
  const client = new SecretsManagerClient({ endpoint: server.url, maxAttempts: 1 });
  return {
    client,
    close: async () => {
      client.destroy();
      await server.close();
    },
  };
}
