import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach } from "vitest";
import type { StateTable } from "../../functions/platform/state-table.ts";
import { createBudgetTable, createStateTable, openDynamo, type TestDynamo } from "./stores.ts";

/** A budget table as a ledger takes it. */
export type BudgetTable = { dynamo: DynamoDBClient; tableName: string };

/** Sets up each test of a file with a state table of its own. */
export function onFreshStateTable(setUp: (table: StateTable) => unknown): void {
  onDynamo(async ({ client }) => setUp(await createStateTable(client)));
}

/** Sets up each test of a file with a budget table of its own. */
export function onFreshBudgetTable(setUp: (table: BudgetTable) => unknown): void {
  onDynamo(async ({ client }) => setUp({ dynamo: client, tableName: await createBudgetTable(client) }));
}

function onDynamo(setUp: (dynamo: TestDynamo) => Promise<unknown>): void {
  let dynamo: TestDynamo;
  beforeAll(async () => {
    dynamo = await openDynamo();
  });
  beforeEach(async () => void (await setUp(dynamo)));
  afterAll(() => dynamo.close());
}
