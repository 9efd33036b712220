import { describe, expect, test } from "vitest";
import { defaultLimits } from "../../../functions/platform/limit-schema.ts";
import { checkGuarantees, GuaranteesError, shareSchema } from "../../../functions/platform/share-schema.ts";

describe("a share", () => {
  test("that says nothing has all of the common pool and nothing of its own", () => {
    expect(shareSchema.parse({})).toEqual({ guaranteed: 0, priority: "interactive", mode: "enforce" });
  });

  test("takes no unknown words and no parts of calls", () => {
    for (const wrong of [{ guarantee: 1 }, { cap: 1.5 }, { guaranteed: -1 }, { temporary: { cap: 1 } }]) {
      expect(shareSchema.safeParse(wrong).success).toBe(false);
    }
  });
});

describe("guarantees", () => {
  test("may take all of the day's quota that the gateway does not need", () => {
    expect(() => checkGuarantees(defaultLimits, { a: 30_000, b: 9_200, c: 0 })).not.toThrow();
  });

  test("that add up to more are refused with the arithmetic", () => {
    expect(() => checkGuarantees(defaultLimits, { a: 30_000, b: 9_201 })).toThrow(
      new GuaranteesError(
        'The guarantees add up to 30000 (a) + 9201 (b) = 39201, but limit "day" has 40000 - 800 (the gateway\'s own) = 39200 to give; lower them by 1.',
      ),
    );
  });

  test("are for at most twenty clients, and need a day's limit", () => {
    const many = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`client-${index}`, 1]));
    expect(() => checkGuarantees(defaultLimits, many)).toThrow("21 clients would have a guarantee, and at most 20 can");
    expect(() => checkGuarantees(defaultLimits.slice(0, 2), { a: 1 })).toThrow("no limit is a day");
    expect(() => checkGuarantees(defaultLimits.slice(0, 2), { a: 0 })).not.toThrow();
  });
});
