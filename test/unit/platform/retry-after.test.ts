import { expect, test } from "vitest";
import { readRetryAfter } from "../../../functions/platform/retry-after.ts";

const now = Date.parse("2026-11-24T10:00:00Z");

test.each([
  ["120", 120_000],
  [" 7 ", 7_000],
  [new Date(now + 60_000).toUTCString(), 60_000],
  [new Date(now - 60_000).toUTCString(), 0],
  ["soon", undefined],
  ["-5x", undefined],
  [undefined, undefined],
])("Retry-After %j asks for %j ms", (value, expected) => {
  expect(readRetryAfter(value, now)).toBe(expected);
});
