import fc from "fast-check";
import { expect, test } from "vitest";
import { parseQuery, type Query, wordsOf } from "../../../../sandbox/search/query.ts";
import { createTextIndex } from "../../../../sandbox/search/text-index.ts";

const phrase = (words: string, field = ""): Query => ({ kind: "phrase", field, words: words.split(" ") });

test.each<[string, Query]>([
  ["php", phrase("php")],
  ["title:php", phrase("php", "title")],
  [
    'title:php AND category2:"Web Development"',
    { kind: "all", parts: [phrase("php", "title"), phrase("web development", "category2")] },
  ],
  ["php mysql", { kind: "all", parts: [phrase("php"), phrase("mysql")] }],
  ["a OR b c", { kind: "any", parts: [phrase("a"), { kind: "all", parts: [phrase("b"), phrase("c")] }] }],
  [
    "(a OR b) AND NOT c",
    {
      kind: "all",
      parts: [
        { kind: "any", parts: [phrase("a"), phrase("b")] },
        { kind: "not", part: phrase("c") },
      ],
    },
  ],
  ["a -b", { kind: "all", parts: [phrase("a"), { kind: "not", part: phrase("b") }] }],
  ["node.js & ~", phrase("node.js")],
  ["AND", { kind: "all", parts: [] }],
  ["a) b", { kind: "all", parts: [phrase("a"), phrase("b")] }],
  ["((a", phrase("a")],
  ["", { kind: "all", parts: [] }],
])("reads %j", (text, query) => {
  expect(parseQuery(text)).toEqual(query);
});

test("takes words as people write them", () => {
  expect(wordsOf("C++, C# & Node.js... 3.5! Ærø's")).toEqual(["c++", "c#", "node.js", "3.5", "ærø", "s"]);
});

const letter = fc.constantFrom("a", "b", "c", "d");
const { query } = fc.letrec<{ query: Query }>((tie) => ({
  query: fc.oneof(
    { maxDepth: 3 },
    fc.record({
      kind: fc.constant("phrase" as const),
      field: fc.constantFrom("", "title", "text"),
      words: fc.array(letter, { minLength: 1, maxLength: 2 }),
    }),
    fc.record({ kind: fc.constant("not" as const), part: tie("query") }),
    fc.record({
      kind: fc.constantFrom("all" as const, "any" as const),
      parts: fc.array(tie("query"), { minLength: 2, maxLength: 3 }),
    }),
  ),
}));

function show(shown: Query): string {
  if (shown.kind === "phrase") return `${shown.field === "" ? "" : `${shown.field}:`}"${shown.words.join(" ")}"`;
  if (shown.kind === "not") return `NOT (${show(shown.part)})`;
  return `(${shown.parts.map(show).join(shown.kind === "all" ? " AND " : " OR ")})`;
}

type Row = { title: string; text: string };
const row = fc.record({
  title: fc.array(letter, { maxLength: 4 }).map((letters) => letters.join(" ")),
  text: fc.array(letter, { maxLength: 4 }).map((letters) => letters.join(" ")),
});

/** What the query means for one row, without any index. */
function matches(meant: Query, { title, text }: Row): boolean {
  if (meant.kind === "not") return !matches(meant.part, { title, text });
  if (meant.kind === "all") return meant.parts.every((part) => matches(part, { title, text }));
  if (meant.kind === "any") return meant.parts.some((part) => matches(part, { title, text }));
  const places = { "": [title, text], title: [title], text: [text] }[meant.field] ?? [];
  return places.some((place) => ` ${place} `.includes(` ${meant.words.join(" ")} `));
}

test("finds by its index what each row by itself says, also among rows added or changed later", () => {
  fc.assert(
    fc.property(query, fc.array(row), fc.array(row), fc.array(row), (meant, first, later, changes) => {
      const rows = first.map((given) => ({ ...given }));
      const index = createTextIndex(rows, (given) => given);
      index.find(meant);
      rows.push(...later);
      for (const [number, change] of changes.entries()) {
        const changed = rows[number];
        if (changed !== undefined) index.changed(Object.assign(changed, change));
      }
      expect([...index.find(parseQuery(show(meant)))]).toEqual(rows.map((given) => Number(matches(meant, given))));
    }),
  );
});

test("stays right when nearly everything changes", () => {
  const rows = Array.from({ length: 500 }, () => ({ title: "old", text: "" }));
  const index = createTextIndex(rows, (given) => given);
  expect(index.find(parseQuery("old")).every(Boolean)).toBe(true);
  for (const [number, changed] of rows.entries()) {
    if (number < 400) index.changed(Object.assign(changed, { title: "new" }));
  }
  expect(index.find(parseQuery("new")).filter(Boolean)).toHaveLength(400);
  expect(index.find(parseQuery("old")).filter(Boolean)).toHaveLength(100);
});

test("takes any text for a query", () => {
  const rows = [{ title: "a", text: "b" }];
  const index = createTextIndex(rows, (given) => given);
  const piece = fc.constantFrom("(", ")", "AND", "OR", "NOT", "-", '"', "title:", ":", "a", "\u0000", "~");
  const text = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 400 }).map((pieces) => pieces.join(" ")),
    fc.nat(2_000).map((depth) => "(NOT ".repeat(depth)),
  );
  fc.assert(
    fc.property(text, (written) => {
      expect(index.find(parseQuery(written))).toHaveLength(1);
    }),
  );
});
