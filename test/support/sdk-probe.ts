import { ConditionalCheckFailedException, DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import {
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
