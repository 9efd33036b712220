import fc from "fast-check";
import { expect, test } from "vitest";
import { encodePairs } from "../../../functions/oauth/signing.ts";
import { parsePairs } from "../../../functions/proxy/parameters.ts";

test("decodes whatever the caller's encoding was, in order, repeats and empty values included", () => {
  expect(parsePairs("q=a+b&q=a%20c&&d&e=&=f&g=é&h=%C3%A9&i=1=2&j=%2B", "query")).toEqual([
    ["q", "a b"],
    ["q", "a c"],
    ["d", ""],
    ["e", ""],
    ["", "f"],
    ["g", "é"],
    ["h", "é"],
    ["i", "1=2"],
    ["j", "+"],
  ]);
});

test("takes a half of a surrogate pair for what cannot be shown, which is what UTF-8 has for it", () => {
  expect(parsePairs("a=\ud800+%EF%BB%BF", "query")).toEqual([["a", "\ufffd \ufeff"]]);
});

test.each([
  "a=%zz",
  "a=%",
  "%4=x",
  "a=%ff",
  "a=%C3",
  "a=é%A9",
  "a=%ed%a0%80",
  "a=%c0%af",
  "oauth_token=x",
  "OAuth_nonce=1",
  "%6fauth_token=x",
  "__proto__=1",
])("refuses %s", (text) => {
  expect(() => parsePairs(text, "query")).toThrow(expect.objectContaining({ kind: "parameters-refused" }));
});

test("gives back what was encoded", () => {
  const text = fc.string({ unit: "grapheme" }).filter((value) => value.isWellFormed());
  const name = text.filter((value) => value !== "" && value !== "__proto__" && !/^oauth_/i.test(value));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, text)), (pairs) => {
      expect(parsePairs(encodePairs(pairs), "form body")).toEqual(pairs);
    }),
  );
});
