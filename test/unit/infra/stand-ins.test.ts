import * as dynamodb from "@aws-sdk/client-dynamodb";
import * as eventbridge from "@aws-sdk/client-eventbridge";
import * as secretsManager from "@aws-sdk/client-secrets-manager";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { retriedErrors } from "../../../infra/bundling/left-out.ts";
import { loadConfig, resolveDefaultsModeConfig } from "../../../infra/bundling/stand-ins/configuration.ts";
import { dateToUtcString, parseEpochTimestamp, parseRfc7231DateTime } from "../../../infra/bundling/stand-ins/dates.ts";
import { endpointsOf, getEndpointFromConfig } from "../../../infra/bundling/stand-ins/endpoints.ts";
import { calculateBodyLength } from "../../../infra/bundling/stand-ins/requests.ts";

afterEach(() => vi.unstubAllEnvs());

describe.each([
  ["dynamodb", dynamodb.DynamoDBClient],
  ["secretsmanager", secretsManager.SecretsManagerClient],
  ["events", eventbridge.EventBridgeClient],
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

describe("where the environment names another address", () => {
  test.each([
    [
      "Secrets Manager",
      { AWS_ENDPOINT_URL_SECRETS_MANAGER: "http://one", AWS_ENDPOINT_URL: "http://all" },
      "http://one",
    ],
    ["DynamoDB", { AWS_ENDPOINT_URL_SECRETS_MANAGER: "http://one", AWS_ENDPOINT_URL: "http://all" }, "http://all"],
    ["EventBridge", { AWS_ENDPOINT_URL_EVENTBRIDGE: "http://bus" }, "http://bus"],
    ["DynamoDB", { AWS_ENDPOINT_URL: "" }, undefined],
    ["DynamoDB", { AWS_ENDPOINT_URL: "http://all", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" }, undefined],
  ])("%s with %j is at %s", async (serviceId, environment, address) => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    expect(await getEndpointFromConfig(serviceId)).toBe(address);
  });
});

describe("a setting", () => {
  const setting = { environmentVariableSelector: ({ SOME }: NodeJS.ProcessEnv) => SOME };

  test("is what the environment says", async () => {
    vi.stubEnv("SOME", "said");
    expect(await loadConfig({ ...setting, default: "otherwise" })()).toBe("said");
  });

  test("is its default, or what finds that, where the environment says nothing", async () => {
    expect(await loadConfig({ ...setting, default: "otherwise" })()).toBe("otherwise");
    expect(await loadConfig({ ...setting, default: async () => "found" })()).toBe("found");
  });

  test("that cannot be read is as one that is not there", async () => {
    const unreadable = () => {
      throw new Error("Neither true nor false");
    };
    expect(await loadConfig({ environmentVariableSelector: unreadable, default: "otherwise" })()).toBe("otherwise");
  });

  test("that would choose other defaults is refused, and the error says what to unset", async () => {
    expect(await resolveDefaultsModeConfig()()).toBe("legacy");
    vi.stubEnv("AWS_DEFAULTS_MODE", "in-region");
    await expect(resolveDefaultsModeConfig()()).rejects.toThrow("AWS_DEFAULTS_MODE");
  });
});

describe("dates", () => {
  test.each([
    ["Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777_000],
    ["Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777_000],
    ["Sun Nov  6 08:49:37 1994 GMT", 784_111_777_000],
  ])("of HTTP such as %s are read", (text, ms) => {
    expect(parseRfc7231DateTime(text).getTime()).toBe(ms);
  });

  test("are read as they are written, and from seconds", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e9 }), (seconds) => {
        const date = parseEpochTimestamp(seconds);
        expect(date.getTime()).toBe(seconds * 1_000);
        expect(parseRfc7231DateTime(dateToUtcString(date))).toEqual(date);
      }),
    );
    expect(parseEpochTimestamp(1.2345).getTime()).toBe(1_235);
  });

  test("that are none are refused", () => {
    expect(() => parseRfc7231DateTime("tomorrow GMT")).toThrow(TypeError);
  });
});

test.each([
  ["DynamoDB", dynamodb, new dynamodb.DynamoDBClient({ region: "eu-west-1" })],
  ["Secrets Manager", secretsManager, new secretsManager.SecretsManagerClient({ region: "eu-west-1" })],
  ["EventBridge", eventbridge, new eventbridge.EventBridgeClient({ region: "eu-west-1" })],
] as const)(
  "no call of %s has what the bundles leave out: streams of events, hosts of its own, the query protocol",
  (_, exported, client) => {
    const commands = Object.entries(exported).filter(([name]) => name.endsWith("Command") && name !== "$Command");
    expect(commands.length).toBeGreaterThan(20);
    for (const [name, Command] of commands) {
      const [, , , traits] = new (Command as unknown as new (input: object) => { schema: unknown[] })({}).schema;
      expect(Object.keys(Object(traits)), name).not.toContain("endpoint");
    }
    expect(client.config).not.toHaveProperty("eventStreamSerdeProvider");
    expect(client.config.protocol).toMatchObject({ awsQueryCompatible: false });
  },
);

test("the bundles keep every error that the SDK tries again because its class says so", () => {
  const retried = [dynamodb, secretsManager, eventbridge].flatMap((exported) =>
    Object.entries(exported).filter(([name, thing]) => {
      if (!/(?:Exception|Error)$/.test(name) || typeof thing !== "function") return false;
      const made = new (thing as unknown as new (given: object) => { $retryable?: object })({});
      return made.$retryable !== undefined;
    }),
  );
  expect(retried.map(([name]) => name)).toEqual(retriedErrors);
});
