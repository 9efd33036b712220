import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import {
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from "@aws-sdk/client-dynamodb";
import { beforeEach, expect, test } from "vitest";
import { createTables, startDynamo } from "../../../local/dynamodb.ts";
import { startStoreProcess } from "../../support/store-process.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const names = { budget: "upwork-gateway-test-budget", state: "upwork-gateway-test-state" };
let folder: string;
beforeEach(() => {
  folder = temporaryFolder("dynamo-");
});

test("creates the two tables as they are deployed, and leaves them alone when they are there", async () => {
  const server = await startDynamo();
  const client = new DynamoDBClient({ endpoint: server.url });
  await createTables(client, names);
  await client.send(new PutItemCommand({ TableName: names.budget, Item: { pk: { S: "a" } } }));
  await createTables(client, names);
  const { Table: state } = await client.send(new DescribeTableCommand({ TableName: names.state }));
  expect(state).toMatchObject({
    TableStatus: "ACTIVE",
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "sk", KeyType: "RANGE" },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: "due",
        KeySchema: [
          { AttributeName: "dueKey", KeyType: "HASH" },
          { AttributeName: "dueAt", KeyType: "RANGE" },
        ],
      },
    ],
  });
  const { Item } = await client.send(new GetItemCommand({ TableName: names.budget, Key: { pk: { S: "a" } } }));
  expect(Item).toEqual({ pk: { S: "a" } });
  client.destroy();
  await server.close();
});

test.each([{ origin: "https://evil.example" }, { origin: "http://localhost:3000" }, { host: "evil.example" }])(
  "answers no page in a browser (%j), neither before nor after it asks whether it may",
  async (headers) => {
    const server = await startDynamo();
    const { port } = new URL(server.url);
    for (const method of ["OPTIONS", "POST", "GET"]) {
      const asked = request({ port, method, headers: { "x-amz-target": "DynamoDB_20120810.ListTables", ...headers } });
      const [answer]: IncomingMessage[] = await once(asked.end(), "response");
      answer?.resume();
      expect(answer?.statusCode).toBe(403);
      expect(answer?.headers).not.toHaveProperty("access-control-allow-origin");
    }
    await server.close();
  },
);

test("has every acknowledged write after kill -9, in the index too", async () => {
  const first = await startStoreProcess("dynamo", folder);
  const writer = new DynamoDBClient({ endpoint: first.url, maxAttempts: 1 });
  await createTables(writer, names);
  let acknowledged = 0;
  let kill: Promise<void> | undefined;
  try {
    for (let next = 1; ; next += 1) {
      const Item = { pk: { S: "p" }, sk: { S: String(next) }, dueKey: { S: "d" }, dueAt: { N: String(next) } };
      const write = writer.send(new PutItemCommand({ TableName: names.state, Item }));
      if (next === 50) kill = first.kill();
      await write;
      acknowledged = next;
    }
  } catch {
    await kill;
  }
  writer.destroy();
  expect(acknowledged).toBeGreaterThanOrEqual(49);
  const second = await startStoreProcess("dynamo", folder);
  const reader = new DynamoDBClient({ endpoint: second.url, maxAttempts: 1 });
  const count = async (key: "pk" | "dueKey", value: string, IndexName?: string) => {
    const input = { KeyConditionExpression: "#k = :v", ExpressionAttributeNames: { "#k": key } };
    const ExpressionAttributeValues = { ":v": { S: value } };
    const query = new QueryCommand({
      TableName: names.state,
      ...input,
      ExpressionAttributeValues,
      ...(IndexName === undefined ? {} : { IndexName }),
    });
    return (await reader.send(query)).Count ?? 0;
  };
  // The write that was cut off may have landed; no other may be missing.
  expect(await count("pk", "p")).toBeGreaterThanOrEqual(acknowledged);
  expect(await count("dueKey", "d", "due")).toBeGreaterThanOrEqual(acknowledged);
  reader.destroy();
  await second.kill();
});

test("says what is wrong with its folder instead of ending the process later", async () => {
  const open = await startDynamo({ dataDir: join(folder, "open") });
  await expect(startDynamo({ dataDir: join(folder, "open") })).rejects.toThrow("Another program has the tables");
  await open.close();
  mkdirSync(join(folder, "damaged"));
  writeFileSync(join(folder, "damaged", "CURRENT"), "garbage\n");
  await expect(startDynamo({ dataDir: join(folder, "damaged") })).rejects.toThrow("if it is damaged, move it away");
  writeFileSync(join(folder, "file"), "");
  await expect(startDynamo({ dataDir: join(folder, "file") })).rejects.toMatchObject({ name: "TableFolderError" });
});
