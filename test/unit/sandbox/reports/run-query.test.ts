import fc from "fast-check";
import { expect, test } from "vitest";
import { runQuery } from "../../../../sandbox/reports/run-query.ts";
import { QueryError } from "../../../../sandbox/reports/tq.ts";

const columns = { day: "date", who: "string", hours: "number" } as const;
const rows = [
  { day: "20261102", who: "Ada", hours: 1.5 },
  { day: "20261103", who: "Bruno", hours: 2 },
  { day: "20261103", who: "Ada", hours: 0.25 },
];
const values = (query: string) =>
  runQuery(query, columns, rows).rows.map((row) => (row === "" ? "" : row.c.map(({ v }) => v)));

test("answers in Google's table, every value a string", () => {
  expect(runQuery("SELECT day, hours WHERE who = 'Bruno'", columns, rows)).toEqual({
    cols: [
      { type: "date", label: "day" },
      { type: "number", label: "hours" },
    ],
    rows: [{ c: [{ v: "20261103" }, { v: "2" }] }],
  });
});

test("answers nothing with one empty row, as Upwork does", () => {
  expect(runQuery("SELECT day WHERE hours > 100", columns, rows).rows).toEqual([""]);
});

test.each([
  [
    "SELECT *",
    [
      ["20261102", "Ada", "1.5"],
      ["20261103", "Bruno", "2"],
      ["20261103", "Ada", "0.25"],
    ],
  ],
  ["SELECT who WHERE day >= '2026-11-03'", [["Bruno"], ["Ada"]]],
  ["SELECT who WHERE day = 20261102", [["Ada"]]],
  ["SELECT hours WHERE who != 'Ada' OR hours < 1", [["2"], ["0.25"]]],
  ["SELECT hours WHERE NOT (who = 'Ada')", [["2"]]],
  [
    "SELECT who, sum(hours)",
    [
      ["Ada", "1.75"],
      ["Bruno", "2"],
    ],
  ],
  [
    "SELECT day, count(who), max(hours) ORDER BY day DESC",
    [
      ["20261103", "2", "2"],
      ["20261102", "1", "1.5"],
    ],
  ],
  ["SELECT avg(hours), min(who)", [["1.25", "Ada"]]],
  ["SELECT sum(hours) GROUP BY who ORDER BY sum(hours) DESC", [["2"], ["1.75"]]],
  ["SELECT hours ORDER BY who, hours LIMIT 1 OFFSET 1", [["1.5"]]],
  ["SELECT who WHERE who contains 'RUN'", [["Bruno"]]],
  ["SELECT who WHERE who starts with 'br'", [["Bruno"]]],
  ["SELECT who WHERE who ends with 'no'", [["Bruno"]]],
  ["SELECT who WHERE who like 'B_u%o'", [["Bruno"]]],
])("%s", (query, expected) => {
  expect(values(query)).toEqual(expected);
});

test.each([
  ["SELECT nobody", "Unknown column: nobody"],
  ["SELECT constructor", "Unknown column: constructor"],
  ["SELECT day WHERE day > 'tomorrow'", "Not a date: tomorrow. Dates are 'yyyy-mm-dd'"],
  ["SELECT day WHERE hours > 'many'", "Not a number: many"],
  ["SELECT day ORDER BY nobody", "Unknown column: nobody"],
])("refuses %s", (query, message) => {
  expect(() => runQuery(query, columns, rows)).toThrow(new QueryError(message));
});

test("LIKE finds what the same pattern as an expression finds", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b") });
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", "%", "_") });
  fc.assert(
    fc.property(letters, pattern, (who, like) => {
      const expression = new RegExp(`^${like.replaceAll("%", ".*").replaceAll("_", ".")}$`);
      const found = runQuery(`SELECT who WHERE who like '${like}'`, columns, [{ day: "", who, hours: 0 }]).rows;
      expect(found.length === 1 && found[0] !== "").toBe(expression.test(who));
    }),
  );
});
