import {
  DeleteTableCommand,
  type DynamoDBClient,
  RestoreTableToPointInTimeCommand,
  ScanCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";

export type DrillResult = { table: string; restoredAs: string; items: number; restoredItems: number; minutes: number };

/** A restored table holds much less than the one it was made from, or nothing. */
export class DrillError extends Error {
  override name = "DrillError";
}

/**
 * Restores a table to the latest point in time under another name, counts what came back, and removes it again. The
 * table itself is only read.
 *
 * @throws DrillError when nothing came back although the table holds items
 */
export async function drill(client: DynamoDBClient, table: string, now: () => number): Promise<DrillResult> {
  const startedAt = now();
  const restoredAs = `${table}-drill-${startedAt}`.slice(-255);
  await client.send(
    new RestoreTableToPointInTimeCommand({
      SourceTableName: table,
      TargetTableName: restoredAs,
      UseLatestRestorableTime: true,
    }),
  );
  try {
    await waitUntilTableExists({ client, maxWaitTime: 3_600 }, { TableName: restoredAs });
    const [items, restoredItems] = [await count(client, table), await count(client, restoredAs)];
    if (items > 0 && restoredItems === 0) {
      throw new DrillError(`Table "${table}" has ${items} items and none of them came back; look at its backups.`);
    }
    return { table, restoredAs, items, restoredItems, minutes: Math.round((now() - startedAt) / 60_000) };
  } finally {
    await client.send(new DeleteTableCommand({ TableName: restoredAs }));
    await waitUntilTableNotExists({ client, maxWaitTime: 600 }, { TableName: restoredAs });
  }
}

async function count(client: DynamoDBClient, table: string): Promise<number> {
  let total = 0;
  let from: Record<string, never> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: table,
        Select: "COUNT",
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      }),
    );
    total += page.Count ?? 0;
    from = page.LastEvaluatedKey as Record<string, never> | undefined;
  } while (from !== undefined);
  return total;
}
