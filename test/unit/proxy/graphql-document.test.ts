import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readGraphqlDocument } from "../../../functions/proxy/graphql-document.ts";

const headers = { "content-type": "application/json" };
const readText = (text: string) => readGraphqlDocument({ headers, body: Buffer.from(text) });
const read = (value: unknown) => readText(JSON.stringify(value));
const sent = (body: Uint8Array) => Buffer.from(body).toString("utf8");

describe("what an operation is", () => {
  test.each([
    ["{ user { id } }", undefined, { kind: "query", operation: undefined, fields: ["user"] }],
    ["query Me { user { id } }", undefined, { kind: "query", operation: "Me", fields: ["user"] }],
    ["query { a: user { id } organization { id } }", "", { kind: "query", fields: ["user", "organization"] }],
    ["mutation { createRoomV2 { id } }", undefined, { kind: "mutation", fields: ["createRoomV2"] }],
    ["query A { user { id } } mutation B { x }", "A", { kind: "query", operation: "A" }],
    ["query A { user { id } } mutation B { x }", "B", { kind: "mutation", operation: "B" }],
    ["{ ...F ... on Query { b } } fragment F on Query { a ...F }", undefined, { kind: "query", fields: ["a", "b"] }],
    ["{ a ...Nowhere }", undefined, { kind: "query", fields: ["a", "...Nowhere"] }],
    ["fragment F on User { id } query { user { ...F } }", undefined, { kind: "query", fields: ["user"] }],
    ['query { user(note: "mutation { x }") { id } } # mutation { x }', undefined, { kind: "query" }],
    ["\n,,,mutation\n{x}", undefined, { kind: "mutation" }],
  ])("%j with operationName %j is %j", (query, operationName, expected) => {
    expect(read({ query, operationName })).toMatchObject(expected);
  });
});

describe("a refusal", () => {
  test.each([
    [{ query: '{ a(b "hunter2") }' }, 'does not parse: Syntax Error: Expected ":", found String. (line 1, column 7)'],
    [{ query: '{ a(b: 1 """hun"ter2""") }' }, "does not parse: Syntax Error: Expected Name, found BlockString. (line"],
    [{ query: "query { user { id }" }, "does not parse: Syntax Error: Expected Name, found <EOF>. (line 1, column 20)"],
    [{ query: "query A { a } query B { b }" }, "holds 2 operations; say with operationName which one"],
    [{ query: "query A { a } query B { b }", operationName: "C" }, 'no operation "C"'],
    [{ query: "query A { a } mutation A { b }", operationName: "A" }, 'several operations called "A"'],
    [{ query: "fragment F on User { id }" }, "holds no operation"],
    [{ query: "subscription { a }" }, "has no subscriptions"],
    [{ query: "" }, "must be one JSON object"],
    [{ query: "{ a }", variables: [] }, "must be one JSON object"],
    [{ query: "{ a }", variables: 5 }, "must be one JSON object"],
    [{ query: "{ a }", operationName: 1 }, "must be one JSON object"],
    [[{ query: "{ a }" }], "must be one JSON object"],
    ["{ a }", "must be one JSON object"],
  ])("of %j says what to change", (value, text) => {
    expect(() => read(value)).toThrow(text);
  });

  test("of what is not JSON, says so", () => {
    expect(() => readText("{")).toThrow("must be one JSON object");
    expect(() => readGraphqlDocument({ headers: {}, body: Buffer.from("{}") })).toThrow(
      "Content-Type: application/json",
    );
  });

  test("of a document larger than any that is written names the bound", () => {
    expect(() => read({ query: `{${"a ".repeat(30_000)}}` })).toThrow("more that 20000 tokens");
  });

  test("of a document nested too deeply is no crash", () => {
    const query = "{a".repeat(9_900) + "}".repeat(9_900);
    expect(() => read({ query })).toThrow(expect.objectContaining({ kind: "graphql-refused" }));
  });
});

describe("what goes out", () => {
  test("is what was read, so that a name that stands twice cannot show Upwork another document", () => {
    const twice = '{"query":"mutation { x }","query":"{ user { id } }"}';
    const { kind, body } = readText(twice);
    expect(kind).toBe("query");
    expect(sent(body)).toBe('{"query":"{ user { id } }"}');
  });

  test("keeps numbers digit by digit", () => {
    const { body } = readText('{"query":"{ a }","variables":{"id":1181921839933591552,"rate":1.10,"e":1e3,"n":-0}}');
    expect(sent(body)).toContain('"variables":{"id":1181921839933591552,"rate":1.10,"e":1e3,"n":-0}');
  });

  test("has the operation's name where one was given, and nothing that Upwork does not know", () => {
    const { body } = read({ query: "query A { a }", operationName: "A", extensions: { persistedQuery: {} } });
    expect(JSON.parse(sent(body))).toEqual({ query: "query A { a }", operationName: "A" });
  });

  test("holds variables unchanged, whatever they are", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (variables) => {
        const given = JSON.parse(JSON.stringify(variables));
        expect(JSON.parse(sent(read({ query: "{ a }", variables }).body)).variables).toEqual(given);
      }),
    );
  });

  test("holds a variable called __proto__, which GraphQL allows", () => {
    const { body } = readText(
      '{"query":"{ a }","variables":{"__proto__":{"x":1},"in":{"__proto__":"y"},"constructor":2}}',
    );
    expect(sent(body)).toContain('"variables":{"__proto__":{"x":1},"in":{"__proto__":"y"},"constructor":2}');
  });
});

test("any text is read or refused, and nothing else", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[{}()a-z$:!@." \n#]{0,60}$/)), (query) => {
      try {
        expect(["query", "mutation"]).toContain(read({ query }).kind);
      } catch (error) {
        expect(error).toMatchObject({ kind: "graphql-refused", status: 400 });
      }
    }),
  );
});
