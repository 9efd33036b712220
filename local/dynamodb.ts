import { mkdirSync } from "node:fs";
import type { Server } from "node:http";
import { createRequire } from "node:module";
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceNotFoundException,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import { tables } from "../functions/platform/names.ts";
import { closeServer, isLoopbackHost, listenOnLoopback } from "./loopback.ts";

export type LocalDynamo = { url: string; close(): Promise<void> };

/** The folder with the tables cannot be used; the message says why and what to do. */
export class TableFolderError extends Error {
  override name = "TableFolderError";
}

/**
 * Starts an embedded DynamoDB on loopback: in memory, or on disk below `dataDir`, where it survives a kill. It never
 * deletes expired items, and does not return the old item with a failed condition.
 *
 * @throws TableFolderError where the folder is damaged, in use or not to be written
 */
export async function startDynamo(options: { dataDir?: string; port?: number } = {}): Promise<LocalDynamo> {
  const { dataDir } = options;
  if (dataDir !== undefined) await tryFolder(dataDir);
  const server = dynalite({
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
    ...(dataDir === undefined ? {} : { path: dataDir }),
  });
  refuseBrowsers(server);
  const url = `http://127.0.0.1:${await listenOnLoopback(server, options.port ?? 0)}`;
  await untilOpen(url);
  return { url, close: () => closeServer(server) };
}

/**
 * dynalite lets pages of every site read and write: it checks no signature and answers `Access-Control-Allow-Origin: *`.
 * A program sends no `Origin`, and calls this machine by its own name.
 */
function refuseBrowsers(server: Server): void {
  const answers = server.listeners("request");
  server.removeAllListeners("request");
  server.on("request", (request, response) => {
    if (request.headers.origin === undefined && isLoopbackHost(request.headers.host)) {
      for (const answer of answers) answer.call(server, request, response);
      return;
    }
    request.resume();
    response.writeHead(403).end();
  });
}

/** dynalite listens before its database is open; the answer to a question about a table comes when it is. */
async function untilOpen(url: string): Promise<void> {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new DynamoDBClient({ endpoint: url, region: "local", credentials, maxAttempts: 1 });
  try {
    await client.send(new DescribeTableCommand({ TableName: "no-table-has-this-name" }));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  } finally {
    client.destroy();
  }
}

type Level = { open(): Promise<void>; close(): Promise<void> };

/**
 * Opens and closes the database once. dynalite opens it unseen, and where that fails, the first request ends the
 * whole process; so the same library is asked first, the one dynalite itself has.
 */
async function tryFolder(folder: string): Promise<void> {
  const { resolve } = createRequire(import.meta.url);
  const { Level } = createRequire(resolve("dynalite"))("level") as { Level: new (path: string) => Level };
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const level = new Level(folder);
    await level.open();
    await level.close();
  } catch (error) {
    const { code, message } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
    throw new TableFolderError(
      code === "LEVEL_LOCKED"
        ? `Another program has the tables in "${folder}" open. Stop it first.`
        : `The tables in "${folder}" cannot be opened (${message}). Make the folder yours to write; if it is damaged, move it away: connections have to be made again then, and the budget starts anew.`,
      { cause: error },
    );
  }
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
