import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createFaults } from "../../../../sandbox/faults/faults.ts";
import { type KindName, kindNames, kindOf } from "../../../../sandbox/faults/kinds.ts";
import {
  checkRule,
  type FaultRule,
  FaultRuleError,
  matches,
  readRule,
  readRules,
  writeRule,
} from "../../../../sandbox/faults/rules.ts";

describe("a rule's text", () => {
  test("says a fault, its value, and which calls it befalls", () => {
    expect(readRule("latency=500; path=/api/**; method=GET; times=3; every=2")).toEqual({
      fault: "latency",
      value: 500,
      path: "/api/**",
      method: "GET",
      times: 3,
      every: 2,
    });
    expect(readRules(" hang , clock = -900,")).toEqual([{ fault: "hang" }, { fault: "clock", value: -900 }]);
  });

  test.each([
    ["slow", /no fault "slow". There are latency=MS, hang, .*clock=SECONDS/],
    ["hang=3", /"hang" takes no value/],
    ["latency=soon", /"value" takes a number, not "soon"/],
    ["latency=-1", /takes 0 to 600000 ms, not -1/],
    ["hang; times=0", /"times" takes a whole number from 1 on, not 0/],
    ["hang; every=1.5", /"every" takes a whole number/],
    ["hang; host=x", /no "host". It has method, path, times and every/],
    ["hang; path=", /"path" takes text/],
    ["", /no fault ""/],
  ])("%j is refused by name", (text, message) => {
    expect(() => readRule(text)).toThrow(message);
    expect(() => readRule(text)).toThrow(FaultRuleError);
  });

  test("is read as it was written", () => {
    const rules = fc
      .record(
        {
          fault: fc.constantFrom(...kindNames),
          path: fc.stringMatching(/^\/[a-z/*~]{0,20}$/),
          method: fc.constantFrom("GET", "POST"),
          times: fc.integer({ min: 1, max: 99 }),
          every: fc.integer({ min: 1, max: 99 }),
        },
        { requiredKeys: ["fault"] },
      )
      .map((rule): FaultRule => (kindOf(rule.fault).value === undefined ? rule : { ...rule, value: 7 }));
    fc.assert(
      fc.property(rules, (rule) => {
        expect(readRule(writeRule(rule))).toEqual(rule);
      }),
    );
  });

  test("gives a rule or a FaultRuleError, whatever it is", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^(hang|latency)[=; a-z0-9*-]{0,30}$/)), (text) => {
        try {
          expect(kindNames).toContain(readRule(text).fault);
        } catch (error) {
          expect(error).toBeInstanceOf(FaultRuleError);
        }
      }),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), (members) => {
        expect(() => checkRule(members)).toThrow(FaultRuleError);
      }),
    );
  });
});

test.each([
  [{ fault: "hang" }, true],
  [{ fault: "hang", method: "get" }, true],
  [{ fault: "hang", method: "POST" }, false],
  [{ fault: "hang", path: "/api/hr/v2/jobs/~01ab" }, true],
  [{ fault: "hang", path: "/api/**" }, true],
  [{ fault: "hang", path: "/api/hr/*/jobs/*" }, true],
  [{ fault: "hang", path: "/api/*" }, false],
  [{ fault: "hang", path: "**/~01ab" }, true],
  [{ fault: "hang", path: "/api/hr/v2/jobs" }, false],
  [{ fault: "hang", path: "/apiXhr/**" }, false],
] as const)("%j befalls GET /api/hr/v2/jobs/~01ab: %s", (rule, isBefallen) => {
  expect(matches(rule, { method: "GET", path: "/api/hr/v2/jobs/~01ab" })).toBe(isBefallen);
});

test("a path's stars mean what they would in a regular expression", () => {
  const pieces = fc.array(fc.constantFrom("*", "**", "/", "a", "b", ".", "~"), { maxLength: 8 });
  const paths = fc.array(fc.constantFrom("/", "a", "b", ".", "~"), { maxLength: 10 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(pieces, paths, (parts, path) => {
      // Three stars in a row are two and one.
      const text = parts.join("");
      const source = [...text.matchAll(/\*\*|\*|[^*]+/g)]
        .map(([piece]) => (piece === "**" ? ".*" : piece === "*" ? "[^/]*" : piece.replaceAll(".", "\\.")))
        .join("");
      fc.pre(text !== "");
      expect(matches({ fault: "hang", path: text }, { method: "GET", path })).toBe(
        new RegExp(`^${source}$`).test(path),
      );
    }),
  );
});

test("a pattern of many stars takes no time", () => {
  const pattern = `${"**a".repeat(100)}b`;
  expect(matches({ fault: "hang", path: pattern }, { method: "GET", path: "a".repeat(2_000) })).toBe(false);
});

test("befalls each second call that matches, three times, and counts both", () => {
  const faults = createFaults([{ fault: "hang", path: "/api/*", every: 2, times: 3 }]);
  const call = (path: string) => faults.befall({ method: "GET", path }).length;
  const befallen = Array.from({ length: 10 }, () => call("/api/x"));
  expect([befallen, call("/other")]).toEqual([[0, 1, 0, 1, 0, 1, 0, 0, 0, 0], 0]);
  expect(faults.list()).toEqual([expect.objectContaining({ id: 1, matched: 6, happened: 3 })]);
});

test("faults befall in the order they were added, until they are taken away", () => {
  const faults = createFaults();
  const names = () => faults.befall({ method: "GET", path: "/" }).map(({ fault }): KindName => fault);
  const first = faults.add({ fault: "latency" });
  faults.add({ fault: "truncate" });
  expect(names()).toEqual(["latency", "truncate"]);
  expect([faults.remove(first.id), faults.remove(first.id)]).toEqual([true, false]);
  expect(names()).toEqual(["truncate"]);
  faults.clear();
  expect(names()).toEqual([]);
});
