import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { describe, expect, test } from "vitest";
import { endpointsOf } from "../../../infra/bundling/stand-ins/endpoints.ts";
import { calculateBodyLength } from "../../../infra/bundling/stand-ins/requests.ts";

describe.each([
  ["dynamodb", DynamoDBClient],
  ["secretsmanager", SecretsManagerClient],
  ["events", EventBridgeClient],
] as const)("the endpoint of %s", (service, Client) => {
  const provider = new Client({ region: "eu-west-1" }).config.endpointProvider;

  test.each([
    "eu-west-1",
    "eu-central-2",
    "us-east-1",
    "us-west-2",
    "ap-southeast-5",
    "sa-east-1",
    "us-gov-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eusc-de-east-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "us-isof-south-1",
    "eu-isoe-west-1",
  ])("is in %s where the SDK's own rules say", (Region) => {
    const asked = { Region, UseFIPS: false, UseDualStack: false };
    const { url } = endpointsOf(service)(asked);
    const expected = provider(asked).url;
    const host = expected.hostname;
    expect(url.hostname).toBe(host);
    expect(url.protocol).toBe(expected.protocol);
  });

  test("is the one that somebody named", () => {
    const Endpoint = "http://127.0.0.1:8000/";
    const asked = { Region: "eu-west-1", Endpoint, UseFIPS: false, UseDualStack: false };
    expect(endpointsOf(service)(asked).url.href).toBe(provider(asked).url.href);
  });

  test.each([{ UseFIPS: true }, { UseDualStack: true }])(
    "is refused for %j, and the error says what to unset",
    (asked) => {
      expect(() => endpointsOf(service)({ Region: "eu-west-1", ...asked })).toThrow("AWS_USE_FIPS_ENDPOINT");
    },
  );
});

test.each([
  [undefined, 0],
  ["", 0],
  ["grüße", 7],
  [new Uint8Array(5), 5],
])("the length of %j is %i bytes", (body, bytes) => {
  expect(calculateBodyLength(body)).toBe(bytes);
});
