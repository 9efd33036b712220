import {
  type AttributeValue,
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

type Condition = { expression: string; names?: Record<string, string>; values?: Record<string, unknown> };

/** Reads one item, consistently; `undefined` where there is none. The caller parses it and checks its expiry. */
export async function getItem(table: StateTable, key: Key): Promise<Record<string, unknown> | undefined> {
  const { Item } = await table.dynamo.send(
    new GetItemCommand({ TableName: table.name, Key: marshall(key), ConsistentRead: true }),
  );
  return Item === undefined ? undefined : unmarshall(Item);
}

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
export async function queryDue(table: StateTable, dueKey: string, until: number, limit: number): Promise<Key[]> {
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
    const { pk, sk } = unmarshall(item);
    return { pk: String(pk), sk: String(sk) };
  });
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
    ...(condition.values === undefined ? {} : { ExpressionAttributeValues: marshall(condition.values) }),
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
