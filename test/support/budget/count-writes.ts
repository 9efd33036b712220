import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";

/** How many writes something asks DynamoDB for; a write that is sent again by the client counts once. */
export async function countWrites(dynamo: DynamoDBClient, run: () => Promise<void>): Promise<number> {
  let writes = 0;
  dynamo.middlewareStack.add(
    (next, context) => (args) => {
      if (context.commandName === "UpdateItemCommand") writes += 1;
      return next(args);
    },
    { step: "initialize", name: "countWrites", override: true },
  );
  await run().finally(() => dynamo.middlewareStack.remove("countWrites"));
  return writes;
}
