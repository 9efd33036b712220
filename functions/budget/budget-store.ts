import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { type Attributes, express, type Value, type Write } from "./write.ts";

/** Where one application's budget is kept. Both throw when there is no answer, and then nobody knows what happened. */
export type BudgetStore = {
  /**
   * Makes one conditional write, atomically. Returns the attributes it changed (all of them where `all` is asked for),
   * or, when a condition did not hold, the whole item as it is; `undefined` when there is none.
   */
  write(write: Write, all?: boolean): Promise<{ done: boolean; attributes: Attributes | undefined }>;
  /** The item as it is now; `undefined` when there is none. */
  read(): Promise<Attributes | undefined>;
};

export function createBudgetStore(dynamo: DynamoDBClient, tableName: string, application: string): BudgetStore {
  const Key = { pk: { S: `BUDGET#${application}` } };

  async function read() {
    const { Item } = await dynamo.send(new GetItemCommand({ TableName: tableName, Key, ConsistentRead: true }));
    return Item === undefined ? undefined : fromWire(Item);
  }

  return {
    read,
    async write(write, all = false) {
      try {
        const { Attributes } = await dynamo.send(
          new UpdateItemCommand({
            TableName: tableName,
            Key,
            ...express(write, toWire),
            // What did not change is known already, and most of the item changes only when slots move on.
            ReturnValues: all ? "ALL_NEW" : "UPDATED_NEW",
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        );
        return { done: true, attributes: fromWire(Attributes ?? {}) };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        // Some DynamoDB emulators do not return the item with the failure; then it is read.
        return { done: false, attributes: error.Item === undefined ? await read() : fromWire(error.Item) };
      }
    },
  };
}

function toWire(value: Value): AttributeValue {
  if (typeof value === "number") return { N: String(value) };
  return typeof value === "string" ? { S: value } : { B: value };
}

/** Attributes of kinds that a budget does not have are left out. */
function fromWire(item: Record<string, AttributeValue>): Attributes {
  const attributes: Record<string, Value> = {};
  for (const [name, { N, S, B }] of Object.entries(item)) {
    const value = N === undefined ? (S ?? B) : Number(N);
    if (value !== undefined) attributes[name] = value;
  }
  return attributes;
}
