import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nextRun, runsPerDay, scheduleSchema } from "../../../functions/watches/schedule.ts";

const now = Date.parse("2026-11-24T08:00:00Z");
const berlin = { cron: "0 9 * * MON-FRI", timeZone: "Europe/Berlin" };

describe("a schedule of minutes", () => {
  test("comes again after exactly its period, at a time of its own within it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 5, max: 10_080 }), fc.string(), fc.nat(4e12), (everyMinutes, spreadBy, after) => {
        const next = nextRun({ everyMinutes }, spreadBy, after) ?? 0;
        expect(next).toBeGreaterThan(after);
        expect(next - after).toBeLessThanOrEqual(everyMinutes * 60_000);
        expect(nextRun({ everyMinutes }, spreadBy, next)).toBe(next + everyMinutes * 60_000);
      }),
    );
  });

  test("spreads different calls over the period, and lets the same call of several watches come together", () => {
    const seconds = new Set(
      Array.from({ length: 200 }, (_, index) =>
        Math.floor((nextRun({ everyMinutes: 5 }, `call ${index}`, now) ?? 0) / 1000),
      ),
    );
    expect(seconds.size).toBeGreaterThan(120);
    const [five, fifteen] = [5, 15].map((everyMinutes) => nextRun({ everyMinutes }, "same", now) ?? 0);
    expect(((fifteen ?? 0) - (five ?? 0)) % (5 * 60_000)).toBe(0);
  });

  test("of N minutes makes 1440 / N runs a day", () => {
    expect(runsPerDay({ everyMinutes: 5 }, now)).toBe(288);
  });
});

describe("a cron schedule", () => {
  test("runs at its local time, within a minute, also where the clocks change", () => {
    const at = (after: string) => new Date(nextRun(berlin, "call", Date.parse(after)) ?? 0).toISOString();
    expect(at("2026-11-24T12:00:00Z")).toMatch(/^2026-11-25T08:00:/);
    expect(at("2026-07-01T12:00:00Z")).toMatch(/^2026-07-02T07:00:/);
    // Friday to Monday, over the end of summer time.
    expect(at("2026-10-23T12:00:00Z")).toMatch(/^2026-10-26T08:00:/);
  });

  test("is counted over a week", () => {
    expect(runsPerDay(berlin, now)).toBeCloseTo(5 / 7);
  });

  test.each([
    [{ cron: "* * * * *" }, /every 5 minutes at most/],
    [{ cron: "0,1 9 * * *" }, /every 5 minutes at most/],
    [{ cron: "0 9 * *" }, /not a cron expression/],
    [{ cron: "0 0 9 * * *" }, /not a cron expression/],
    [{ cron: "0 9 * * *", timeZone: "Mars/Olympus" }, /time zone/],
    [{ cron: "0 9 30 2 *" }, /no time in the future/],
    [{ everyMinutes: 4 }, /./],
    [{ everyMinutes: 10_081 }, /./],
    [{ everyMinutes: 7.5 }, /./],
    [{}, /./],
  ])("%j is refused", (schedule, why) => {
    const parsed = scheduleSchema.safeParse(schedule);
    expect(parsed.success).toBe(false);
    expect(JSON.stringify(parsed.error?.issues)).toMatch(why);
  });

  test("is in UTC unless told", () => {
    expect(scheduleSchema.parse({ cron: "0 9 * * *" })).toEqual({ cron: "0 9 * * *", timeZone: "UTC" });
  });
});
