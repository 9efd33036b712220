import type { AddressInfo } from "node:net";
import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import { tables } from "../functions/platform/names.ts";

export type LocalDynamo = { url: string; close(): Promise<void> };

/** Starts an embedded DynamoDB on loopback: in memory, or on disk below `dataDir`, where it survives a kill. */
export async function startDynamo(options: { dataDir?: string; port?: number } = {}): Promise<LocalDynamo> {
  const server = dynalite({
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
    ...(options.dataDir === undefined ? {} : { path: options.dataDir }),
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections?.();
      }),
  };
}

/** Creates the two tables where they are not there yet. */
export async function createTables(dynamo: DynamoDBClient, names: { budget: string; state: string }): Promise<void> {
  const { budget, state } = tables;
  await createTable(dynamo, {
    TableName: names.budget,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: budget.partitionKey, AttributeType: "S" }],
    KeySchema: [{ AttributeName: budget.partitionKey, KeyType: "HASH" }],
  });
  await createTable(dynamo, {
    TableName: names.state,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [
      { AttributeName: state.partitionKey, AttributeType: "S" },
      { AttributeName: state.sortKey, AttributeType: "S" },
      { AttributeName: state.dueIndex.partitionKey, AttributeType: "S" },
      { AttributeName: state.dueIndex.sortKey, AttributeType: "N" },
    ],
    KeySchema: [
      { AttributeName: state.partitionKey, KeyType: "HASH" },
      { AttributeName: state.sortKey, KeyType: "RANGE" },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: state.dueIndex.name,
        KeySchema: [
          { AttributeName: state.dueIndex.partitionKey, KeyType: "HASH" },
          { AttributeName: state.dueIndex.sortKey, KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "KEYS_ONLY" },
      },
    ],
  });
}

/** Creates one table and waits until it can be used. */
export async function createTable(dynamo: DynamoDBClient, input: CreateTableCommand["input"]): Promise<void> {
  try {
    await dynamo.send(new DescribeTableCommand({ TableName: input.TableName }));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    await dynamo.send(new CreateTableCommand(input));
    await waitUntilTableExists(
      { client: dynamo, maxWaitTime: 30, minDelay: 0.02, maxDelay: 0.1 },
      { TableName: input.TableName },
    );
  }
}
