import { readFileSync } from "node:fs";
import { DeleteItemCommand, type DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";

/** What the deployment rehearsal made: `.ci/rehearse.py` writes it into the file that `REHEARSAL` names. */
export type Rehearsal = {
  /** Where DynamoDB and Secrets Manager are. */
  url: string;
  budgetTable: string;
  stateTable: string;
  /** The variables of each function, by its logical name in the template. */
  functions: Record<string, Record<string, string>>;
};

/** The rehearsed deployment, or `undefined` where there is none and tests make their own stores. */
export const rehearsal: Rehearsal | undefined =
  process.env.REHEARSAL === undefined ? undefined : JSON.parse(readFileSync(process.env.REHEARSAL, "utf8"));

/** Takes every item out of a table that CloudFormation made, so that the next test finds it new. */
export async function emptyTable(dynamo: DynamoDBClient, name: string, keyNames: readonly string[]): Promise<void> {
  for await (const { Items = [] } of paginateScan({ client: dynamo }, { TableName: name })) {
    for (const item of Items) {
      const key = Object.fromEntries(Object.entries(item).filter(([attribute]) => keyNames.includes(attribute)));
      await dynamo.send(new DeleteItemCommand({ TableName: name, Key: key }));
    }
  }
}
