import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

/**
 * AWS clients, made once in each Lambda. Endpoints come from the SDK's own variables
 * (`AWS_ENDPOINT_URL_DYNAMODB`, `AWS_ENDPOINT_URL_SECRETS_MANAGER`), so no code here knows where it runs.
 */
export function createDynamo(): DynamoDBClient {
  return lean(new DynamoDBClient(withLimits(3, 1_000, 3_000)));
}

/**
 * The client for the budget's counter. It never retries by itself: a write that timed out may have been applied, and
 * only the ledger knows how to try again without losing count.
 */
export function createCounterDynamo(): DynamoDBClient {
  return lean(new DynamoDBClient(withLimits(1, 500, 1_500)));
}

/** The client for notes about calls: what it cannot write soon it gives up, so that no call waits for its own record. */
export function createLogDynamo(): DynamoDBClient {
  return lean(new DynamoDBClient(withLimits(2, 200, 300)));
}

export function createSecretsManager(): SecretsManagerClient {
  return lean(new SecretsManagerClient(withLimits(3, 1_000, 3_000)));
}

/** Attempts, and milliseconds for a connection and for an answer. */
function withLimits(maxAttempts: number, connectionTimeout: number, requestTimeout: number) {
  return {
    maxAttempts,
    requestHandler: { connectionTimeout, requestTimeout },
    // The SDK puts its middleware together once a kind of command, not once a call: 4 to 8 % of a call's time. Whoever
    // adds middleware to a client (`storeClock`) does so before its first call.
    cacheMiddleware: true,
  };
}

/** The SDK's logging copies every item that is sent or read, also for a client that was given no logger. */
function lean<Client extends DynamoDBClient | SecretsManagerClient>(client: Client): Client {
  client.middlewareStack.remove("loggerMiddleware");
  return client;
}
