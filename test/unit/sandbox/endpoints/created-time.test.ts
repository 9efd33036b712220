import { describe, expect, test } from "vitest";
import { createdInTime } from "../../../../sandbox/endpoints/created-time.ts";
import { parametersOf } from "../../../../sandbox/endpoints/parameters.ts";

const noon = Date.UTC(2026, 0, 20, 12);
const isInTime = (from: string, to: string) =>
  createdInTime(
    parametersOf([
      ["created_time_from", from],
      ["created_time_to", to],
    ]),
  )(noon);

describe("a list by time of creation", () => {
  test.each([
    ["", "", true],
    ["2026-01-20T12:00:00", "", true],
    ["2026-01-20T12:00:01", "", false],
    ["", "2026-01-20T12:00:00", true],
    ["", "2026-01-20T11:59:59", false],
    ["2026-01-20", "2026-01-21", true],
  ])("from %j to %j", (from, to, expected) => {
    expect(isInTime(from, to)).toBe(expected);
  });

  test("is not limited by what is no time", () => {
    expect(isInTime("soon", "later")).toBe(true);
  });
});
