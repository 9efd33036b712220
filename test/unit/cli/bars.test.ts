import { expect, test } from "vitest";
import { bars } from "../../../cli/commands/budget.ts";

const limit = (name: string, quota: number, used: number, seconds: number) => ({
  name,
  quota,
  used,
  left: quota - used,
  resets_in_seconds: seconds,
});
const view = {
  client: "demo",
  limits: [limit("second", 10, 4, 1), limit("minute", 300, 4, 60), limit("day", 40_000, 4, 86_400)],
  binding: "day",
  gate: { state: "open" as const, retry_after_seconds: 0 },
};

test.each([80, 100, 120])("no line is wider than a terminal of %i columns", (columns) => {
  const lines = bars(view, columns).split("\n");
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
  expect(lines[2]).toMatch(/^day {5}░+ {2}39,996 of 40,000 left, first back in 24 h {2}<- binds$/);
});

test("the bars of all limits are of one width, and never too small to be seen", () => {
  const widths = bars(view, 40)
    .split("\n")
    .slice(0, 3)
    .map((line) => line.match(/[█░]/g)?.length);
  expect(widths).toEqual([10, 10, 10]);
});
