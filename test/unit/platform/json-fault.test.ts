import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonFault } from "../../../functions/platform/json-fault.ts";

function faultOf(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return jsonFault(error as SyntaxError);
  }
}

test.each([
  ['{"a": hunter2}', "Unexpected token 'h' is not valid JSON"],
  [`{"a": ${"x".repeat(100)}}`, "Unexpected token 'x' is not valid JSON"],
  [`{"a": "${"x".repeat(100)}", "b": tru}`, "Unexpected token '}' is not valid JSON"],
  ['"\n', "Bad control character in string literal in JSON at position 1 (line 1 column 2)"],
  ['{"a": "hunter2" b}', "Expected ',' or '}' after property value in JSON at position 16 (line 1 column 17)"],
  ["{", "Expected property name or '}' in JSON at position 1 (line 1 column 2)"],
])("%j: %s", (text, fault) => expect(faultOf(text)).toBe(fault));

test("nothing of a text stands in what is said of it", () => {
  const secret = "hunter2";
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.constantFrom(..."{}[]:,\"' \n\\a1.") }),
      (before, after) => {
        expect(faultOf(before + secret + after) ?? "").not.toContain(secret);
      },
    ),
  );
});
