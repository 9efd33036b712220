import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { tables } from "./names.ts";

/** The table where everything lives that changes and is not the budget. Item modules build on it; nobody else does. */
export type StateTable = { dynamo: DynamoDBClient; name: string };

export type Key = { pk: string; sk: string };

/** Where a piece of work lies, and since when it is due, in ms since 1970. */
type Due = { key: Key; dueAt: number };

type Condition = { expression: string; names?: Record<string, string>; values?: Record<string, unknown> };

/** Reads one item, consistently; `undefined` where there is none. The caller parses it and checks its expiry. */
export async function getItem(table: StateTable, key: Key): Promise<Record<string, unknown> | undefined> {
  const { Item } = await table.dynamo.send(
    new GetItemCommand({ TableName: table.name, Key: marshall(key), ConsistentRead: true }),
  );
  return Item === undefined ? undefined : unmarshall(Item);
}

/**
 * Reads many items at once, consistently, in no particular order; those that are not there are left out.
 *
 * @throws Error where DynamoDB does not give all of them after some tries
 */
export async function getItems(table: StateTable, keys: readonly Key[]): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  for (let from = 0; from < keys.length; from += maxBatch) {
    let wanted: Record<string, AttributeValue>[] = keys.slice(from, from + maxBatch).map((key) => marshall(key));
    for (let attempt = 0; wanted.length > 0; attempt += 1) {
      if (attempt === 5) throw new Error(`DynamoDB left ${wanted.length} of ${keys.length} items unread.`);
      const { Responses, UnprocessedKeys } = await table.dynamo.send(
        new BatchGetItemCommand({ RequestItems: { [table.name]: { Keys: wanted, ConsistentRead: true } } }),
      );
      items.push(...(Responses?.[table.name] ?? []).map((item) => unmarshall(item)));
      wanted = UnprocessedKeys?.[table.name]?.Keys ?? [];
    }
  }
  return items;
}

/** DynamoDB reads at most so many items at once. */
const maxBatch = 100;

/** Writes one item; false when the condition does not hold. */
export async function putItem(
  table: StateTable,
  item: Key & Record<string, unknown>,
  condition?: Condition,
): Promise<boolean> {
  return unlessConditionFails(
    table.dynamo.send(
      new PutItemCommand({
        TableName: table.name,
        Item: marshall(item, { removeUndefinedValues: true }),
        ...expressions(condition),
      }),
    ),
  );
}

/** Changes one item; false when the condition does not hold. */
export async function updateItem(table: StateTable, key: Key, update: string, condition: Condition): Promise<boolean> {
  return unlessConditionFails(
    table.dynamo.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: marshall(key),
        UpdateExpression: update,
        ...expressions(condition),
      }),
    ),
  );
}

/** Changes one item and returns all of it as it is now; `undefined` when the condition does not hold. */
export async function changeItem(
  table: StateTable,
  key: Key,
  update: string,
  condition: Condition,
): Promise<Record<string, unknown> | undefined> {
  try {
    const { Attributes } = await table.dynamo.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: marshall(key),
        UpdateExpression: update,
        ...expressions(condition),
        ReturnValues: "ALL_NEW",
      }),
    );
    return Attributes === undefined ? undefined : unmarshall(Attributes);
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

/** Adds one to an item's `count`, creating it where there is none, and returns the sum. */
export async function countUp(table: StateTable, key: Key, expiresAt: number): Promise<number> {
  const { Attributes } = await table.dynamo.send(
    new UpdateItemCommand({
      TableName: table.name,
      Key: marshall(key),
      UpdateExpression: "ADD #count :one SET expiresAt = :end",
      ExpressionAttributeNames: { "#count": "count" },
      ExpressionAttributeValues: marshall({ ":one": 1, ":end": expiresAt }),
      ReturnValues: "UPDATED_NEW",
    }),
  );
  return Number(Attributes?.count?.N ?? 0);
}

/** All items below one partition key, in the order of their sort keys. */
export async function queryItems(table: StateTable, partition: string): Promise<Record<string, unknown>[]> {
  const items: Record<string, AttributeValue>[] = [];
  const pages = paginateQuery(
    { client: table.dynamo },
    {
      TableName: table.name,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: marshall({ ":pk": partition }),
      ConsistentRead: true,
    },
  );
  for await (const page of pages) items.push(...(page.Items ?? []));
  return items.map((item) => unmarshall(item));
}

/**
 * Keys of the work of one kind (`dueKey`) that is due until a moment (`dueAt`, ms since 1970), the oldest first, at
 * most `limit`.
 *
 * The index follows the table with a delay, so it may name work that somebody has done meanwhile: whoever takes a piece
 * reads it and claims it with a condition.
 */
export async function queryDue(table: StateTable, dueKey: string, until: number, limit: number): Promise<Due[]> {
  const { name, partitionKey, sortKey } = tables.state.dueIndex;
  const { Items = [] } = await table.dynamo.send(
    new QueryCommand({
      TableName: table.name,
      IndexName: name,
      KeyConditionExpression: "#kind = :kind AND #at <= :until",
      ExpressionAttributeNames: { "#kind": partitionKey, "#at": sortKey },
      ExpressionAttributeValues: marshall({ ":kind": dueKey, ":until": until }),
      Limit: limit,
    }),
  );
  return Items.map((item) => {
    const { pk, sk, dueAt } = unmarshall(item);
    return { key: { pk: String(pk), sk: String(sk) }, dueAt: Number(dueAt) };
  });
}

export type Page = { items: Record<string, unknown>[]; cursor?: string | undefined };

/**
 * Items below one partition key, the newest (highest sort key) first unless told otherwise, between two sort keys. `limit` bounds what is read,
 * so that a page costs the same however few items pass the filter; `cursor`, where there is more, is the last sort key.
 */
export async function queryPage(
  table: StateTable,
  query: {
    partition: string;
    from: string;
    to: string;
    limit: number;
    cursor?: string | undefined;
    filter?: Condition;
    isOldestFirst?: boolean;
  },
): Promise<Page> {
  const { partition, from, to, limit, cursor, filter, isOldestFirst = false } = query;
  const { Items = [], LastEvaluatedKey } = await table.dynamo.send(
    new QueryCommand({
      TableName: table.name,
      KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
      ...(filter === undefined ? {} : { FilterExpression: filter.expression }),
      ...(filter?.names === undefined ? {} : { ExpressionAttributeNames: filter.names }),
      ExpressionAttributeValues: marshall({ ":pk": partition, ":from": from, ":to": to, ...filter?.values }),
      ScanIndexForward: isOldestFirst,
      Limit: limit,
      ConsistentRead: true,
      ...(cursor === undefined ? {} : { ExclusiveStartKey: marshall({ pk: partition, sk: cursor }) }),
    }),
  );
  return {
    items: Items.map((item) => unmarshall(item)),
    cursor: LastEvaluatedKey === undefined ? undefined : String(unmarshall(LastEvaluatedKey).sk),
  };
}

/** Removes one item; false when the condition does not hold. Removing what is not there is no error. */
export async function deleteItem(table: StateTable, key: Key, condition?: Condition): Promise<boolean> {
  return unlessConditionFails(
    table.dynamo.send(new DeleteItemCommand({ TableName: table.name, Key: marshall(key), ...expressions(condition) })),
  );
}

function expressions(condition: Condition | undefined) {
  if (condition === undefined) return {};
  return {
    ConditionExpression: condition.expression,
    ...(condition.names === undefined ? {} : { ExpressionAttributeNames: condition.names }),
    ...(condition.values === undefined
      ? {}
      : { ExpressionAttributeValues: marshall(condition.values, { removeUndefinedValues: true }) }),
  };
}

async function unlessConditionFails(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
