import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inOrder, listing, parsePage } from "../../../../sandbox/endpoints/lister.ts";
import { parametersOf } from "../../../../sandbox/endpoints/parameters.ts";
import { failed } from "../../../../sandbox/endpoints/results.ts";
import { parseUsDate } from "../../../../sandbox/endpoints/shapes.ts";

const rows = [
  { name: "b", age: "10" },
  { name: "a", age: "9" },
  { name: "c", age: "9" },
];
const names = (ordered: readonly { name: string }[]) => ordered.map(({ name }) => name).join("");
const list = (page: string, orderBy = "") =>
  listing(
    "people",
    "person",
    rows,
    parametersOf([
      ["page", page],
      ["order_by", orderBy],
    ]),
  );

const wrongPage = failed(400, "Invalid page: offset;count, at most 100 at once");

test.each([
  ["", "bac"],
  ["name", "abc"],
  ["name;D", "cba"],
  // Numbers that are written as strings are numbers all the same.
  ["age;A", "acb"],
  ["age;name;AD", "cab"],
  ["nothing;D", "bac"],
])("orders by %j", (orderBy, expected) => {
  expect(names(inOrder(rows, orderBy))).toBe(expected);
});

describe("a page", () => {
  test("of one row is that row, of none nothing, of several an array", () => {
    expect(list("0;1")).toMatchObject({ payload: { people: { person: rows[0] } } });
    expect(list("5;1")).toMatchObject({ payload: { people: { person: "", lister: { total_items: "3" } } } });
    expect(list("1;2")).toMatchObject({
      payload: { people: { person: [rows[1], rows[2]], lister: { paging: { offset: "1", count: "2" } } } },
    });
  });

  test("says how it is sorted, as hr/v2 does", () => {
    expect(list("", "name;D")).toMatchObject({
      payload: { people: { lister: { sort: { sort: { sort: ["name", "desc"] } } } } },
    });
    expect(list("")).toMatchObject({
      payload: { people: { lister: { sort: "", query: "", paging: { count: "20" } } } },
    });
  });

  test("is what it says, or refused", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(200), (offset, count) => {
        const page = parsePage("page", `${offset};${count}`);
        expect(page).toEqual(count <= 100 && offset <= 9_999_999 ? { offset, count } : wrongPage);
      }),
    );
    for (const wrong of ["1", ";", "a;b", "-1;2", "1;2;3", " 1;2"]) expect(list(wrong)).toEqual(wrongPage);
  });
});

test("dates are American, or none", () => {
  expect(parseUsDate("12-31-2026")).toBe(Date.UTC(2026, 11, 31));
  expect(parseUsDate("")).toBe(0);
  for (const wrong of ["31-12-2026", "2026-12-31", "1-1-2026", "soon", "02-30-2026"]) {
    expect(parseUsDate(wrong)).toBeUndefined();
  }
});
