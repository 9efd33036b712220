import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { functionDefinitions, schedules } from "../../../functions/platform/names.ts";
import { lookAgainAt, scheduleMs, worksUntil } from "../../../functions/webhooks/going-on.ts";

describe("an invocation", () => {
  test("works until its next run where the time it has allows, and never into what the last try needs", () => {
    expect(worksUntil(1_000, 90_000, 20_000)).toBe(61_000);
    expect(worksUntil(1_000, 30_000, 20_000)).toBe(11_000);
    expect(worksUntil(1_000, 5_000, 20_000), "nothing may begin").toBeLessThan(1_000);
  });

  test.each(["deliver", "watches"] as const)("of %s is scheduled as assumed, and may work until the next", (name) => {
    const schedule = schedules.find(({ functionName }) => functionName === name);
    expect(schedule?.expression).toBe("rate(1 minute)");
    const { timeoutSeconds } = functionDefinitions[name];
    expect(worksUntil(0, timeoutSeconds * 1_000, 20_000)).toBe(scheduleMs);
  });
});

describe("waiting", () => {
  test("ends when the first thing is due, or earlier to see what others did", () => {
    expect(lookAgainAt([900, 500], 0, 60_000)).toBe(500);
    expect(lookAgainAt([undefined, 50_000], 0, 60_000)).toBe(2_000);
  });

  test("is for nothing that is due at the end or later", () => {
    expect(lookAgainAt([60_000, undefined], 0, 60_000)).toBeUndefined();
    expect(lookAgainAt([], 0, 60_000)).toBeUndefined();
  });

  test("always takes some time, and ends before the invocation's end", () => {
    const moments = fc.array(fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: undefined }));
    fc.assert(
      fc.property(moments, fc.nat(59_998), (dueAt, now) => {
        const at = lookAgainAt(dueAt, now, 60_000);
        expect(at === undefined || (at > now && at < 60_000)).toBe(true);
      }),
    );
  });
});
