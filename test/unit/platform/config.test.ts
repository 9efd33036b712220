import { expect, test } from "vitest";
import { readConfig } from "../../../functions/platform/config.ts";
import { defaultLimits, parseLimits } from "../../../functions/platform/limit-schema.ts";
import { gatewayEnvironment } from "../../support/gateway-environment.ts";

test("reads a whole environment, and asks for the admin key unless told otherwise", () => {
  expect(readConfig(gatewayEnvironment)).toMatchObject({
    stage: "dev",
    adminDoor: "key",
    upstreamTimeoutMs: 25_000,
    batchReserve: 0.2,
    limits: defaultLimits,
  });
});

test.each([
  ["GATEWAY_STAGE", undefined],
  ["GATEWAY_KEY_KIND", "both"],
  ["GATEWAY_PUBLIC_URL", "https://gateway.example/"],
  ["GATEWAY_UPSTREAM", "ftp://www.upwork.com"],
  ["GATEWAY_UPSTREAM", "www.upwork.com"],
  ["GATEWAY_UPSTREAM", "https://"],
  ["GATEWAY_SECRET_PREFIX", "ends/with/slash/"],
  ["GATEWAY_UPSTREAM_TIMEOUT_MS", "60000"],
  ["GATEWAY_BATCH_RESERVE", "20"],
  ["GATEWAY_CALL_LOG_DAYS", "a week"],
  ["GATEWAY_REFRESH_EARLY_MINUTES", "1.5"],
])("names %s when it is %j", (name, value) => {
  expect(() => readConfig({ ...gatewayEnvironment, [name]: value })).toThrow(name);
});

test("reads numbers from texts", () => {
  const told = { GATEWAY_BATCH_RESERVE: "0.5", GATEWAY_CALL_LOG_DAYS: "7", GATEWAY_UPSTREAM_TIMEOUT_MS: "1e3" };
  expect(readConfig({ ...gatewayEnvironment, ...told })).toMatchObject({
    batchReserve: 0.5,
    callLogDays: 7,
    upstreamTimeoutMs: 1_000,
  });
});

test("sorts limits by length", () => {
  expect(parseLimits([...defaultLimits].reverse())).toEqual(defaultLimits);
});

test.each([
  ["not json", "must be JSON"],
  ["[]", "at least one limit"],
  ['[{"name":"day","quota":0,"seconds":86400}]', "0.quota"],
  ['[{"name":"day","quota":1,"seconds":86401}]', "0.seconds"],
  ['[{"name":"day","quota":1,"seconds":1,"extra":1}]', "wrong at"],
  ['[{"name":"a","quota":9,"seconds":1},{"name":"b","quota":9,"seconds":1}]', "same length"],
  ['[{"name":"a","quota":9,"seconds":1},{"name":"a","quota":9,"seconds":2}]', "its own name"],
  ['[{"name":"a","quota":9,"seconds":1},{"name":"b","quota":8,"seconds":60}]', "smaller than"],
])("says what is wrong with the limits %s", (limits, text) => {
  expect(() => readConfig({ ...gatewayEnvironment, GATEWAY_LIMITS: limits })).toThrow(text);
});
