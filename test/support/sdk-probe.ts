import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  InvalidRequestException,
  ResourceExistsException,
  ResourceNotFoundException,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";

// Bundled as a function is, to see what the SDK in a bundle makes of what a service answers.

/** What a call comes to when the service answers every attempt with this error. */
export async function answerOf(service: "dynamodb" | "secretsmanager", status: number, error: string) {
  const config = {
    region: "eu-west-1",
    maxAttempts: 3,
    requestHandler: {
      handle: async () => ({
        response: {
          statusCode: status,
          headers: { "content-type": "application/x-amz-json-1.0" },
          body: Buffer.from(JSON.stringify({ __type: `com.amazonaws#${error}`, message: "as said" })),
        },
      }),
    },
  };
  try {
    if (service === "dynamodb") {
      await new DynamoDBClient(config).send(new GetItemCommand({ TableName: "t", Key: { pk: { S: "x" } } }));
    } else {
      await new SecretsManagerClient(config).send(new GetSecretValueCommand({ SecretId: "s" }));
    }
    return undefined;
  } catch (caught) {
    const { name, message, $metadata } = caught as Error & { $metadata?: { httpStatusCode: number; attempts: number } };
    const isKnown =
      caught instanceof ConditionalCheckFailedException ||
      caught instanceof InvalidRequestException ||
      caught instanceof ResourceNotFoundException ||
      caught instanceof ResourceExistsException;
    return { name, message, isKnown, status: $metadata?.httpStatusCode, attempts: $metadata?.attempts };
  }
}

type Client = { send(command: never): Promise<unknown> };

const Key = { pk: { S: "x" }, sk: { N: "1" } };
const item = { ...Key, body: { B: "AAH/" }, flags: { SS: ["a", "b"] }, deep: { M: { list: { L: [{ NULL: true }] } } } };
const bytes = new Uint8Array([0, 1, 255]);

/** Calls of each kind that our code makes, with an answer for each. */
const dynamoCalls: [command: object, answer: object][] = [
  [new GetItemCommand({ TableName: "t", Key, ConsistentRead: true }), { Item: item }],
  [new QueryCommand({ TableName: "t", KeyConditionExpression: "pk = :pk", Limit: 2 }), { Items: [item], Count: 1 }],
  [
    new UpdateItemCommand({
      TableName: "t",
      Key,
      UpdateExpression: "SET #body = :body ADD used :one",
      ConditionExpression: "attribute_not_exists(pk)",
      ExpressionAttributeNames: { "#body": "body" },
      ExpressionAttributeValues: { ":body": { B: bytes }, ":one": { N: "1" }, ":tilde": { S: '~ü\u0000"' } },
      ReturnValues: "ALL_NEW",
    }),
    { Attributes: item, ConsumedCapacity: { TableName: "t", CapacityUnits: 1.5 } },
  ],
  [
    new BatchWriteItemCommand({ RequestItems: { t: [{ PutRequest: { Item: { ...Key, body: { B: bytes } } } }] } }),
    { UnprocessedItems: { t: [{ DeleteRequest: { Key } }] } },
  ],
];
const secretCalls: [command: object, answer: object][] = [
  [new GetSecretValueCommand({ SecretId: "s" }), { Name: "s", SecretString: "{}", CreatedDate: 1_700_000_000.123 }],
  [new CreateSecretCommand({ Name: "s", SecretString: "ü", ClientRequestToken: "t".repeat(32) }), { ARN: "arn" }],
  [new DescribeSecretCommand({ SecretId: "s" }), { VersionIdsToStages: { v: ["AWSCURRENT"] }, DeletedDate: 17e8 }],
];
const busCalls: [command: object, answer: object][] = [
  [
    new PutEventsCommand({ Entries: [{ Detail: "{}", Time: new Date(1_700_000_000_123), Source: "s" }] }),
    { FailedEntryCount: 1, Entries: [{ ErrorCode: "ThrottlingException", ErrorMessage: "later" }] },
  ],
];

/** What is sent for these calls in a region, and what their answers come to. What differs between two calls is left out. */
export async function exchanges(region: string) {
  let answer: object;
  const seen: { request: { headers: Record<string, string> }; sent: string; answer?: unknown }[] = [];
  const config = {
    region,
    requestHandler: {
      handle: async (request: { headers: Record<string, string>; body: Uint8Array }) => {
        const {
          "user-agent": _,
          "x-amz-user-agent": _sdk,
          "amz-sdk-invocation-id": _id,
          authorization = "",
          ...headers
        } = request.headers;
        const signed = /Credential=[^,]*, SignedHeaders=[^,]*/.exec(authorization)?.[0] ?? "";
        const sent = new TextDecoder().decode(request.body);
        seen.push({ request: { ...request, headers: { ...headers, signed } }, sent });
        const body = Buffer.from(JSON.stringify(answer));
        return { response: { statusCode: 200, headers: { "x-amzn-requestid": "r" }, body } };
      },
    },
  };
  const clients: [Client, [command: object, answer: object][]][] = [
    [new DynamoDBClient(config), dynamoCalls],
    [new SecretsManagerClient(config), secretCalls],
    [new EventBridgeClient(config), busCalls],
  ];
  for (const [client, calls] of clients) {
    for (const [command, answered] of calls) {
      answer = answered;
      const read = await client.send(command as never);
      Object.assign(seen.at(-1) ?? {}, { answer: read });
    }
  }
  return seen;
}
