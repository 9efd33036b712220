import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Condition,
  parseTableQuery,
  QueryError,
  type Selected,
  type TableQuery,
} from "../../../../sandbox/reports/tq.ts";

/** The queries of Upwork's own examples, and of people who used its reports. */
const known = [
  "SELECT worked_on, team_id, team_name, task, memo, hours WHERE (worked_on <= '2026-11-24') AND (worked_on > '2010-05-01')",
  'SELECT task, memo WHERE worked_on >= "2020-05-01" AND worked_on <= "2020-06-01"',
  "SELECT worked_on, provider_id, provider_name, sum(hours) WHERE worked_on >= '2009-10-01' AND worked_on <= '2009-10-31'",
  "SELECT worked_on, assignment_team_id, hours, earnings, earnings_offline, task, memo WHERE worked_on >= '2013-01-07' AND worked_on <= '2013-01-13'",
  "SELECT worked_on, hours, team_name, assignment_name, charges, task, memo\n WHERE worked_on >= '2020-05-01' AND worked_on < '2020-06-01'\n ORDER BY worked_on",
  "SELECT reference, date, type, subtype, amount WHERE date >= '2020-05-01' AND date <= '2020-06-01'",
  "SELECT worked_on, provider_id, sum(hours) WHERE month_worked_on=5 AND year_worked_on=2010",
];

test.each(known)("reads %s", (query) => {
  expect(parseTableQuery(query)).toMatchObject({ where: expect.anything(), offset: 0 });
});

const word = fc
  .stringMatching(/^[a-z_][a-z0-9_]{0,8}$/)
  // A column that is called like a word of the language can be written in backquotes only.
  .filter(
    (text) =>
      !/^(select|where|group|by|order|limit|offset|and|or|not|asc|desc|contains|starts|ends|with|like|date)$/.test(
        text,
      ),
  );
const selected: fc.Arbitrary<Selected> = fc.record({
  column: word,
  aggregate: fc.constantFrom(undefined, "sum", "avg", "min", "max", "count"),
});
const value = fc.oneof(
  fc.string().filter((text) => !text.includes("'")),
  fc.integer(),
);
const operator = fc.constantFrom("=", "!=", "<>", "<", "<=", ">", ">=", "contains", "starts with", "ends with", "like");
const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    fc.record({ kind: fc.constant("compare" as const), column: word, operator, value }) as fc.Arbitrary<Condition>,
    fc.record({ kind: fc.constant("not" as const), part: tie("condition") }),
    fc.record({
      kind: fc.constantFrom("and" as const, "or" as const),
      parts: fc.array(tie("condition"), { minLength: 2, maxLength: 3 }),
    }),
  ),
}));
const query: fc.Arbitrary<TableQuery> = fc.record({
  select: fc.array(selected, { maxLength: 4 }),
  where: fc.option(condition, { nil: undefined }),
  groupBy: fc.array(word, { maxLength: 2 }),
  orderBy: fc.array(fc.record({ column: selected, descending: fc.boolean() }), { maxLength: 2 }),
  limit: fc.option(fc.nat(), { nil: undefined }),
  offset: fc.nat(),
});

const showSelected = ({ column, aggregate }: Selected) =>
  aggregate ? `${aggregate.toUpperCase()} (${column})` : `\`${column}\``;
const showValue = (shown: string | number) => (typeof shown === "number" ? String(shown) : `'${shown}'`);
function showCondition(shown: Condition): string {
  if (shown.kind === "compare") return `${shown.column} ${shown.operator} ${showValue(shown.value)}`;
  if (shown.kind === "not") return `not (${showCondition(shown.part)})`;
  return shown.parts.map((part) => `(${showCondition(part)})`).join(shown.kind === "and" ? " AND " : " or ");
}
function show({ select, where, groupBy, orderBy, limit, offset }: TableQuery): string {
  return [
    `SELECT ${select.length === 0 ? "*" : select.map(showSelected).join(" , ")}`,
    where === undefined ? "" : `where ${showCondition(where)}`,
    groupBy.length === 0 ? "" : `GROUP  BY ${groupBy.join(",")}`,
    orderBy.length === 0
      ? ""
      : `order by ${orderBy.map(({ column, descending }) => `${showSelected(column)}${descending ? " DESC" : ""}`).join(", ")}`,
    limit === undefined ? "" : `LIMIT ${limit}`,
    offset === 0 ? "" : `OFFSET ${offset}`,
  ].join(" ");
}

test("reads every query as it was written", () => {
  fc.assert(
    fc.property(query, (written) => {
      expect(parseTableQuery(show(written))).toEqual(written);
    }),
  );
});

describe("refuses in words", () => {
  test.each([
    ["", 'Expected SELECT before "the end"'],
    ["SELECT", 'Expected a column before "the end"'],
    ["SELECT a WHERE", 'Expected a column before "the end"'],
    ["SELECT a WHERE b", 'Expected an operator before "the end"'],
    ["SELECT a WHERE b = c", 'Expected a value before "c"'],
    ["SELECT a WHERE (b = 1", 'Expected ) before "the end"'],
    ["SELECT a b", 'Unexpected "b"'],
    ["SELECT a; DROP", 'Unexpected "; DROP"'],
    ["SELECT a LIMIT 1.5", "Not a count: 1.5"],
    [`SELECT a WHERE ${"(".repeat(80)}b = 1`, "Too many parentheses"],
    [`SELECT a WHERE ${"not ".repeat(80)}b = 1`, "Too many parentheses"],
  ])("%j", (text, message) => {
    expect(() => parseTableQuery(text)).toThrow(new QueryError(message));
  });

  test("whatever is no query, and nothing else happens", () => {
    const piece = fc.constantFrom(
      "select",
      "where",
      "(",
      ")",
      "a",
      "'",
      '"',
      "`",
      "sum",
      ",",
      "=",
      "and",
      "not",
      "1",
      "order",
      "by",
      "*",
      "\u0000",
      "é",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((pieces) => pieces.join(" ")),
        ),
        (text) => {
          try {
            parseTableQuery(text);
          } catch (error) {
            expect(error).toBeInstanceOf(QueryError);
          }
        },
      ),
    );
  });
});
