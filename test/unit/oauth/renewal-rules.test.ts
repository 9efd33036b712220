import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isBrief, isDue, isSpent, isWorthReplacing, pauseAfter } from "../../../functions/oauth/renewal-rules.ts";

const day = 86_400_000;
const hour = 3_600_000;
const pair = { issuedAt: 0, expiresAt: day };

test("a token is due for the schedule two hours before its end, and not a moment earlier", () => {
  expect(isDue(pair, day - 2 * hour - 1, 2 * hour)).toBe(false);
  expect(isDue(pair, day - 2 * hour, 2 * hour)).toBe(true);
  expect(isDue(pair, day + hour, 2 * hour)).toBe(true);
});

test("a token that lives for less than twice that is due in the last half of its life", () => {
  const short = { issuedAt: 0, expiresAt: hour };
  expect(isDue(short, hour / 2 - 1, 2 * hour)).toBe(false);
  expect(isDue(short, hour / 2, 2 * hour)).toBe(true);
});

test("a token that has just been issued is never due, whatever its life and the setting", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 * day }), fc.integer({ min: 1, max: day }), (life, early) => {
      expect(isDue({ issuedAt: 0, expiresAt: life }, 0, early)).toBe(false);
    }),
  );
});

test("a token is not sent in its last 30 s", () => {
  expect(isSpent(pair, day - 30_001)).toBe(false);
  expect(isSpent(pair, day - 30_000)).toBe(true);
});

test("a token refused in its first quarter of an hour was not refused for its age", () => {
  expect(isWorthReplacing(pair, 15 * 60_000 - 1)).toBe(false);
  expect(isWorthReplacing(pair, 15 * 60_000)).toBe(true);
  expect(isWorthReplacing({ issuedAt: 0, expiresAt: 10 * 60_000 }, 5 * 60_000)).toBe(true);
});

test("of the pauses, only the first is short enough to be waited for", () => {
  expect([1, 2, 3].map((failures) => isBrief(pauseAfter(failures)))).toEqual([true, false, false]);
});

test("the pause after failures doubles from 2 s to 5 minutes", () => {
  expect([1, 2, 3, 8, 9, 1000].map(pauseAfter)).toEqual([2_000, 4_000, 8_000, 256_000, 300_000, 300_000]);
});
