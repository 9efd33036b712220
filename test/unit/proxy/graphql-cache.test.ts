import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { graphqlCacheRules } from "../../../functions/proxy/cache-rules.ts";
import { askedBy, cacheRuleOf } from "../../../functions/proxy/graphql-cache.ts";
import { readGraphqlDocument } from "../../../functions/proxy/graphql-document.ts";

const read = (value: unknown) =>
  readGraphqlDocument({
    headers: { "content-type": "application/json" },
    body: Buffer.from(typeof value === "string" ? value : JSON.stringify(value)),
  });
const known = Object.keys(graphqlCacheRules);

describe("the rule of a document", () => {
  test("is the shortest of its root fields, and none where one field has none", () => {
    const unknown = ["roomList", "transactionHistory", "__schema", "__proto__", "constructor", "toString"];
    const fields = fc.array(fc.constantFrom(...known, ...unknown, "__typename"), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fields, fc.constantFrom("query" as const, "mutation" as const), (asked, kind) => {
        const rule = cacheRuleOf({ kind, fields: asked });
        const real = asked.filter((field) => field !== "__typename");
        const mayBeKept = kind === "query" && real.length > 0 && real.every((field) => known.includes(field));
        const times = real.map((field) => graphqlCacheRules[field]?.ttlSeconds ?? 0);
        expect(rule?.ttlSeconds).toBe(mayBeKept ? Math.min(...times) : undefined);
      }),
    );
  });

  test("never keeps anything longer than Upwork's terms allow", () => {
    for (const { ttlSeconds, staleSeconds } of Object.values(graphqlCacheRules)) {
      expect(ttlSeconds + staleSeconds).toBeLessThanOrEqual(24 * 3_600);
    }
  });
});

describe("what a request asks", () => {
  const query = 'query A($a: In) { regions(a: $a, b: "x  y") { id } }';
  const asked = askedBy(read({ query, variables: { a: { x: 1, y: [1, 2] }, b: null } }));

  test.each([
    [
      "other layout",
      { query: query.replaceAll(" { ", "\n\t{,,# comment\n"), variables: { a: { x: 1, y: [1, 2] }, b: null } },
    ],
    ["members in another order", { query, variables: { b: null, a: { y: [1, 2], x: 1 } } }],
  ])("is the same with %s", (_name, value) => expect(askedBy(read(value))).toBe(asked));

  test.each([
    ["another text value", { query: query.replace("x  y", "x y"), variables: { a: { x: 1, y: [1, 2] }, b: null } }],
    ["a list in another order", { query, variables: { a: { x: 1, y: [2, 1] }, b: null } }],
    ["a variable less", { query, variables: { a: { x: 1, y: [1, 2] } } }],
    ["a name", { query, operationName: "A", variables: { a: { x: 1, y: [1, 2] }, b: null } }],
    ["__proto__", `{"query":${JSON.stringify(query)},"variables":{"a":{"x":1,"y":[1,2],"__proto__":1},"b":null}}`],
  ])("is another with %s", (_name, value) => expect(askedBy(read(value))).not.toBe(asked));

  test("tells long numbers apart that JavaScript takes for one", () => {
    const numbers = ["9007199254740993", "9007199254740992"].map((id) =>
      askedBy(read(`{"query":"{ a }","variables":{"id":${id}}}`)),
    );
    expect(new Set(numbers).size).toBe(2);
  });
});
