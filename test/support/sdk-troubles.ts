import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

// Bundled as a function is, to see what the SDK in a bundle makes of trouble, and of its settings in the environment.

/** What becomes of one attempt: an answer, or a connection that fails so. */
type Attempt =
  | { status: number; headers?: Record<string, string>; body?: string }
  | { code: string }
  | { name: string };

const well: Attempt = { status: 200, body: "{}" };
const error = (type: string, members: object = { message: "as said" }) => JSON.stringify({ __type: type, ...members });
const throttled = (headers: Record<string, string>): Attempt[] => [
  { status: 400, headers, body: error("ThrottlingException") },
  well,
];
/** When the troubles begin, in ms since 1970. */
export const troublesBegin = 1_800_000_000_000;
const dateIn = (seconds: number) => new Date(troublesBegin + seconds * 1_000).toUTCString();

/** What services and networks are known to do to a call, attempt by attempt; the last goes on for ever. */
export const troubles: Readonly<Record<string, readonly Attempt[]>> = {
  "throttling, and no word for how long": throttled({}),
  "throttling for some seconds": throttled({ "retry-after": "3" }),
  "throttling until a date": throttled({ "Retry-After": dateIn(2) }),
  "throttling until a date that is none": throttled({ "retry-after": "soon GMT" }),
  "throttling from a date on, for so long": throttled({ "retry-after": `${dateIn(0)}, 2.5` }),
  "throttling for some milliseconds": throttled({ "x-amz-retry-after": "1500" }),
  "throttling said in a header alone": [
    { status: 400, headers: { "x-amzn-ErrorType": "ThrottlingException:http://x/" }, body: "{}" },
    well,
  ],
  "throttling of a table, with reasons": [
    {
      status: 400,
      body: error("com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException", {
        message: "as said",
        ThrottlingReasons: [{ reason: "TableWriteProvisionedThroughputExceeded", resource: "arn" }],
      }),
    },
    well,
  ],
  "429 without a word": [{ status: 429, body: "" }, well],
  "a clock that is behind": [
    { status: 400, headers: { date: dateIn(900) }, body: error("InvalidSignatureException") },
    well,
  ],
  "a clock that is ahead": [
    { status: 403, headers: { Date: dateIn(-900) }, body: error("RequestTimeTooSkewed") },
    { ...well, headers: { date: dateIn(-900) } },
  ],
  "credentials that have ended": [{ status: 400, body: error("ExpiredTokenException") }],
  "no permission": [{ status: 400, body: error("AccessDeniedException", { Message: "User is not authorized" }) }],
  "a fault of the service": [{ status: 500, body: error("InternalServerError") }],
  "faults of several kinds": [
    { status: 500, body: error("InternalException", { Message: "x" }) },
    { status: 502, body: "<html>bad gateway</html>" },
    well,
  ],
  "a page instead of an answer": [{ status: 503, body: "<html>Service Unavailable</html>" }],
  "nothing instead of an answer": [{ status: 503, body: "" }],
  "a write that met another of a global table": [
    { status: 400, body: error("com.amazonaws.dynamodb#ReplicatedWriteConflictException") },
    well,
  ],
  "a condition that did not hold, and the item": [
    {
      status: 400,
      headers: { "x-amzn-RequestId": "r", "x-amz-id-2": "e", "x-amz-cf-id": "c" },
      body: error("com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", {
        message: "The conditional request failed",
        Item: { pk: { S: "x" }, body: { B: "AAH/" } },
      }),
    },
  ],
  "no such thing": [{ status: 400, body: error("ResourceNotFoundException", { Message: "as said" }) }],
  "a call that is not valid": [{ status: 400, body: error("com.amazon.coral.validate#ValidationException") }],
  "a bus at its limit": [{ status: 400, body: error("LimitExceededException") }],
  "a connection that was reset": [{ code: "ECONNRESET" }, well],
  "a connection that breaks and breaks": [{ code: "EPIPE" }],
  "no connection": [{ code: "ECONNREFUSED" }, well],
  "no address": [{ code: "ENOTFOUND" }],
  "a time-out": [{ name: "TimeoutError" }, well],
  "half an answer": [{ status: 200, body: '{"Item":' }],
  "an empty answer": [{ status: 200, body: "" }],
  "numbers and dates in other forms": [
    { status: 200, body: '{"CreatedDate":"1700000000.5","DeletedDate":null,"ConsumedCapacity":{"CapacityUnits":1e3}}' },
  ],
};

type Sent = { hostname: string; port?: number; path: string; headers: Record<string, string> };
type Client = { send(command: never, options?: { abortSignal: AbortSignal }): Promise<unknown> };

const calls: Record<string, (config: object) => [client: Client, command: object]> = {
  dynamodb: (config) => [
    new DynamoDBClient(config),
    new UpdateItemCommand({ TableName: "t", Key: { pk: { S: "x" } }, ReturnValuesOnConditionCheckFailure: "ALL_OLD" }),
  ],
  secretsmanager: (config) => [new SecretsManagerClient(config), new GetSecretValueCommand({ SecretId: "s" })],
  events: (config) => [
    new EventBridgeClient(config),
    new PutEventsCommand({ Entries: [{ Detail: "{}", DetailType: "x", Source: "s" }] }),
  ],
};

/**
 * What a call to each service comes to, and each of its attempts: when, where to and with which headers. What differs between
 * two calls, and the SDK's version, is left out.
 *
 * @param abortAfter the attempt after which the caller gives up
 */
export async function callsIn(
  attempts: readonly Attempt[],
  config: object = {},
  abortAfter = Number.POSITIVE_INFINITY,
) {
  return Promise.all(
    Object.entries(calls).map(async ([service, open]) => {
      const made: object[] = [];
      const aborting = new AbortController();
      const handle = async ({ hostname, port, path, headers: { ...headers } }: Sent) => {
        const agent = headers["user-agent"]?.replace(/ m\/\S*/, "").replace(/(aws-sdk-js\/|#)\d+\.\d+\.\d+/g, "$1");
        const signed = /Credential=[^,]*, SignedHeaders=[^,]*/.exec(headers.authorization ?? "")?.[0];
        for (const name of ["user-agent", "x-amz-user-agent", "amz-sdk-invocation-id", "authorization"]) {
          delete headers[name];
        }
        made.push({ at: Date.now(), hostname, port, path, headers, agent, signed });
        if (made.length >= abortAfter) aborting.abort();
        const now = attempts[Math.min(made.length, attempts.length) - 1] ?? well;
        if (!("status" in now)) throw Object.assign(new Error("The network failed"), now);
        const { status: statusCode, headers: answered = {}, body = "" } = now;
        return { response: { statusCode, headers: { ...answered }, body: Buffer.from(body) } };
      };
      try {
        const [client, command] = open({ ...config, requestHandler: { handle } });
        const answer = await client.send(command as never, { abortSignal: aborting.signal });
        return { service, made, answer };
      } catch (caught) {
        const { $response, ...members } = caught as Error & { $response?: object };
        const { name, message } = caught as Error;
        return { service, made, error: { ...members, name, message, isAnswered: $response !== undefined } };
      }
    }),
  );
}
