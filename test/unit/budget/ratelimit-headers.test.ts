import { expect, test } from "vitest";
import { rateLimitHeaders, refusalHeaders } from "../../../functions/budget/ratelimit-headers.ts";

const limits = [
  { name: "second", quota: 10, windowSeconds: 1, used: 1, left: 9, resetsInMs: 900 },
  { name: "day", quota: 40_000, windowSeconds: 86_400, used: 39_000, left: 1_000, resetsInMs: 3_600_001 },
];

test("names every policy and the tightest limit", () => {
  expect(rateLimitHeaders(limits)).toEqual({
    "ratelimit-policy": '"second";q=10;w=1, "day";q=40000;w=86400',
    ratelimit: '"day";r=1000;t=3601',
    "x-ratelimit-limit": "40000",
    "x-ratelimit-remaining": "1000",
    "x-ratelimit-reset": "3601",
  });
});

test("names the limit that refused, and rounds Retry-After up", () => {
  expect(refusalHeaders(limits, "second", 901)).toMatchObject({ ratelimit: '"second";r=9;t=1', "retry-after": "1" });
  expect(refusalHeaders(limits, "second", 1_001)["retry-after"]).toBe("2");
});

test("says nothing where nothing is known", () => {
  expect(rateLimitHeaders([])).toEqual({});
});
