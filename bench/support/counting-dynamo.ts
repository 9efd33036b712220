import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createDynamo } from "../../functions/platform/aws.ts";

/** A client as deployed, and how many requests it has made, refused ones included. */
export function createCountingDynamo(): { dynamo: DynamoDBClient; requests: () => number } {
  const dynamo = createDynamo();
  let requests = 0;
  dynamo.middlewareStack.add(
    (next) => (args) => {
      requests += 1;
      return next(args);
    },
    { step: "initialize", name: "countRequests" },
  );
  return { dynamo, requests: () => requests };
}
