import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { headersOf, listsOf, pairsOf, valuesOf } from "../../../cli/pairs.ts";

describe("options of names and values", () => {
  test.each([
    ["x=null", null],
    ["x=true", true],
    ["x=10", 10],
    ["x=1.5", 1.5],
    ['x={"a":[1]}', { a: [1] }],
    ["x=", ""],
    ["x=node js", "node js"],
    ["x=a=b", "a=b"],
    // Ids of Upwork's: as numbers they would be sent as others.
    ["x=1181921871000001001", "1181921871000001001"],
    ["x=-99999999999999999999", "-99999999999999999999"],
    ["x=1e999", "1e999"],
    [`x=${"[".repeat(300)}${"]".repeat(300)}`, `${"[".repeat(300)}${"]".repeat(300)}`],
  ])("%s is JSON where that loses nothing, else a text", (text, value) => {
    expect(valuesOf("-v", [text])).toEqual({ x: value });
  });

  test("a name given twice is a list, also one that every object has", () => {
    expect(listsOf("-q", ["a=1", "b=2", "a=3", "a=4"])).toEqual({ a: ["1", "3", "4"], b: "2" });
    const hostile = listsOf("-q", ["__proto__=1", "constructor=2", "toString=3", "__proto__=4"]);
    expect(Object.entries(hostile)).toEqual([
      ["__proto__", ["1", "4"]],
      ["constructor", "2"],
      ["toString", "3"],
    ]);
  });

  test("every pair comes back as it was written", () => {
    const name = fc.string({ minLength: 1 }).filter((text) => !text.includes("="));
    fc.assert(
      fc.property(name, fc.string(), (given, value) => {
        expect(pairsOf("-q", [`${given}=${value}`])).toEqual([[given, value]]);
      }),
    );
  });

  test("a header is what fetch can send, or wrong usage that does not repeat it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (name, value) => {
        let headers: Record<string, string>;
        try {
          headers = headersOf("-H", [`${name}:${value}`]);
        } catch (error) {
          expect(String(error)).toMatch(/^CliError: -H/);
          if (value.length > 20) expect(String(error)).not.toContain(value);
          return;
        }
        expect(() => new Headers(headers)).not.toThrow();
      }),
    );
  });
});
