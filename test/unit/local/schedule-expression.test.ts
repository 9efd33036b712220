import { expect, test } from "vitest";
import { schedules } from "../../../functions/platform/names.ts";
import { parseSchedule } from "../../../local/schedule-expression.ts";

const at = (text: string) => Date.parse(`${text}Z`);
const show = (time: number | undefined) => (time === undefined ? undefined : new Date(time).toISOString().slice(0, 16));

/** The first few times after a moment. */
function timesOf(expression: string, after: string, count: number): (string | undefined)[] {
  const next = parseSchedule(expression);
  const times: (number | undefined)[] = [];
  for (let time: number | undefined = at(after); times.length < count && time !== undefined; ) {
    time = next(time);
    times.push(time);
  }
  return times.map(show);
}

test.each([
  ["rate(1 minute)", ["2026-01-30T10:01", "2026-01-30T10:02"]],
  ["rate(5 minutes)", ["2026-01-30T10:05", "2026-01-30T10:10"]],
  ["rate(1 hour)", ["2026-01-30T11:00", "2026-01-30T12:00"]],
  ["rate(2 days)", ["2026-02-01T10:00", "2026-02-03T10:00"]],
  // AWS's own examples.
  ["cron(0 10 * * ? *)", ["2026-01-31T10:00", "2026-02-01T10:00"]],
  ["cron(15 12 * * ? *)", ["2026-01-30T12:15", "2026-01-31T12:15"]],
  ["cron(0 18 ? * MON-FRI *)", ["2026-01-30T18:00", "2026-02-02T18:00"]],
  ["cron(0 8 1 * ? *)", ["2026-02-01T08:00", "2026-03-01T08:00"]],
  ["cron(0/15 * * * ? *)", ["2026-01-30T10:15", "2026-01-30T10:30"]],
  ["cron(0/10 * ? * MON-FRI *)", ["2026-01-30T10:10", "2026-01-30T10:20"]],
  ["cron(0/5 8-17 ? * MON-FRI *)", ["2026-01-30T10:05", "2026-01-30T10:10"]],
  // The rest of the syntax.
  ["cron(30 9 L * ? *)", ["2026-01-31T09:30", "2026-02-28T09:30"]],
  ["cron(0 9 15W * ? *)", ["2026-02-16T09:00", "2026-03-16T09:00"]],
  ["cron(0 9 1W * ? *)", ["2026-02-02T09:00", "2026-03-02T09:00"]],
  ["cron(0 9 31W * ? *)", ["2026-01-30T09:00", "2026-03-31T09:00"]],
  ["cron(0 9 ? * 6#2 *)", ["2026-02-13T09:00", "2026-03-13T09:00"]],
  ["cron(0 9 ? * FRIL *)", ["2026-02-27T09:00", "2026-03-27T09:00"]],
  ["cron(0 9 ? * L *)", ["2026-01-31T09:00", "2026-02-07T09:00"]],
  ["cron(0 0 29 FEB ? *)", ["2028-02-29T00:00", "2032-02-29T00:00"]],
  ["cron(5,35 10,22 30,31 * ? *)", ["2026-01-30T10:05", "2026-01-30T10:35", "2026-01-30T22:05"]],
  ["cron(0 0 1 1 ? 2025,2027)", ["2027-01-01T00:00", undefined]],
  ["cron(0 0 31 2 ? *)", [undefined]],
])("%s", (expression, expected) => {
  const after = expression === "cron(0 9 31W * ? *)" ? "2026-01-30T08:00" : "2026-01-30T10:00";
  expect(timesOf(expression, after, expected.length)).toEqual(expected);
});

test("a minute that has begun is past", () => {
  const next = parseSchedule("cron(* * * * ? *)");
  expect(show(next(at("2026-01-30T10:00:30")))).toBe("2026-01-30T10:01");
  expect(show(next(at("2026-12-31T23:59:59")))).toBe("2027-01-01T00:00");
});

test.each([
  "rate(0 minutes)",
  "rate(1 hours)",
  "rate(2 hour)",
  "rate(5 seconds)",
  "every hour",
  "cron(0 10 * * *)",
  "cron(0 10 * * * *)",
  "cron(0 10 ? * ? *)",
  "cron(60 10 * * ? *)",
  "cron(0 10 0 * ? *)",
  "cron(0 10 * JANUARY ? *)",
  "cron(0 10 ? * MON#6 *)",
  "cron(5-1 10 * * ? *)",
  "cron(0/0 10 * * ? *)",
  "cron(1.5 10 * * ? *)",
])("refuses %s and says why", (expression) => {
  expect(() => parseSchedule(expression)).toThrow(`"${expression}" is no schedule of EventBridge: `);
});

test("knows every schedule that is deployed", () => {
  for (const { expression } of schedules) expect(parseSchedule(expression)(0)).toBeGreaterThan(0);
});
