import {
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceNotFoundException,
  RestoreTableToPointInTimeCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import { mockClient } from "aws-sdk-client-mock";
import { expect, test } from "vitest";
import { drill } from "../../../infra/restore/drill.ts";

/** A DynamoDB with one table of some items, that restores so many of them. */
function dynamoWith(items: number, restored: number) {
  const mock = mockClient(DynamoDBClient);
  const gone = new ResourceNotFoundException({ message: "gone", $metadata: {} });
  mock.on(RestoreTableToPointInTimeCommand).resolves({});
  mock
    .on(DescribeTableCommand)
    .resolvesOnce({ Table: { TableStatus: "ACTIVE" } })
    .rejects(gone);
  mock.on(ScanCommand, { TableName: "state" }).resolves({ Count: items });
  mock.on(ScanCommand).callsFake(({ TableName }) => ({ Count: TableName === "state" ? items : restored }));
  mock.on(DeleteTableCommand).resolves({});
  return mock;
}

test("a drill restores to the latest point in time under another name, counts, and removes what it made", async () => {
  const mock = dynamoWith(3, 3);
  const result = await drill(new DynamoDBClient({}), "state", () => 60_000);
  expect(result).toEqual({ table: "state", restoredAs: "state-drill-60000", items: 3, restoredItems: 3, minutes: 0 });
  expect(mock.commandCalls(RestoreTableToPointInTimeCommand)[0]?.args[0].input).toEqual({
    SourceTableName: "state",
    TargetTableName: "state-drill-60000",
    UseLatestRestorableTime: true,
  });
  expect(mock.commandCalls(DeleteTableCommand).map(({ args }) => args[0].input)).toEqual([
    { TableName: "state-drill-60000" },
  ]);
});

test("a drill that brings nothing back fails, and leaves nothing behind", async () => {
  const mock = dynamoWith(3, 0);
  await expect(drill(new DynamoDBClient({}), "state", () => 0)).rejects.toThrow("none of them came back");
  expect(mock.commandCalls(DeleteTableCommand).map(({ args }) => args[0].input.TableName)).toEqual(["state-drill-0"]);
});
