import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";

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
