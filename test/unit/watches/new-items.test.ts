import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findNew, type Mark, NoItemsError, readItems } from "../../../functions/watches/new-items.ts";

const reader = { items: "jobs", itemId: "id", on: "new" as const };
const read = (list: unknown, own = {}) => readItems({ ...reader, ...own }, { jobs: list });

describe("reading items", () => {
  test("takes a list, an empty text for an empty list, and a lone thing for a list of one", () => {
    expect(read([{ id: "a" }, { id: 2 }]).items.map(({ id }) => id)).toEqual(["a", "2"]);
    expect(read([]).items).toEqual([]);
    expect(read("").items).toEqual([]);
    expect(read({ id: "only" }).items.map(({ id }) => id)).toEqual(["only"]);
  });

  test.each([null, undefined, "no list", 7, true])("refuses %j where a list should be", (list) => {
    expect(() => read(list)).toThrow(NoItemsError);
  });

  test("takes each identifier once and counts items that have none", () => {
    const { items, withoutId } = read([{ id: "a" }, { id: "a" }, {}, { id: null }, { id: "" }]);
    expect(items).toHaveLength(1);
    expect(withoutId).toBe(3);
  });

  test("makes one identifier of several parts", () => {
    const { items } = read(
      [
        { job: 1, who: "x" },
        { job: 1, who: "y" },
      ],
      { itemId: "[job, who]" },
    );
    expect(items.map(({ id }) => id)).toEqual(['["1","x"]', '["1","y"]']);
  });

  test("filters and projects with JMESPath", () => {
    const { items } = read(
      [
        { id: "a", budget: 50, title: "A" },
        { id: "b", budget: 500, title: "B" },
      ],
      {
        filter: "budget >= `100`",
        projection: "{title: title}",
      },
    );
    expect(items.map(({ isWanted, content }) => [isWanted, content])).toEqual([
      [false, { title: "A" }],
      [true, { title: "B" }],
    ]);
  });

  test("sees a change in what counts as one, and in nothing else, whatever the order of fields is", () => {
    const version = (item: object, own = {}) => read([item], { on: "changed", ...own }).items[0]?.version;
    expect(version({ id: 1, a: 1, b: { c: 2, d: 3 } })).toBe(version({ b: { d: 3, c: 2 }, a: 1, id: 1 }));
    expect(version({ id: 1, a: 1 })).not.toBe(version({ id: 1, a: 2 }));
    const own = { changeOf: "[status]" };
    expect(version({ id: 1, status: "new", seen: 1 }, own)).toBe(version({ id: 1, status: "new", seen: 2 }, own));
    expect(version({ id: 1, status: "new" }, own)).not.toBe(version({ id: 1, status: "done" }, own));
  });
});

describe("what is new", () => {
  const itemOf = (id: string, version = "") => ({ id, key: id, version, content: { id }, isWanted: true });
  const shown = (of: ReturnType<typeof findNew>) => of.map(({ item, kind, revision }) => [item.id, kind, revision]);

  test("goes from the oldest to the newest, whichever way the source lists", () => {
    const items = ["c", "b", "a"].map((id) => itemOf(id));
    const marks = new Map<string, Mark>();
    expect(shown(findNew({ on: "new", listed: "newest-first" }, items, marks)).map(([id]) => id)).toEqual([
      "a",
      "b",
      "c",
    ]);
    expect(shown(findNew({ on: "new", listed: "oldest-first" }, items, marks)).map(([id]) => id)).toEqual([
      "c",
      "b",
      "a",
    ]);
  });

  test("is what has no mark, and what has another version where changes count", () => {
    const marks = new Map([["a", { version: "1", revision: 4 }]]);
    const items = [itemOf("a", "2"), itemOf("b", "1")];
    expect(shown(findNew({ on: "new", listed: "oldest-first" }, items, marks))).toEqual([["b", "new", 0]]);
    expect(shown(findNew({ on: "changed", listed: "oldest-first" }, items, marks))).toEqual([
      ["a", "changed", 5],
      ["b", "new", 0],
    ]);
  });

  test("is nothing once everything found has been marked, whatever the items are", () => {
    const anyItem = fc.record({ id: fc.string({ minLength: 1 }), version: fc.string() });
    fc.assert(
      fc.property(fc.array(anyItem), fc.constantFrom("new" as const, "changed" as const), (list, on) => {
        const items = [...new Map(list.map(({ id, version }) => [id, itemOf(id, version)])).values()];
        const marks = new Map<string, Mark>();
        const found = findNew({ on, listed: "newest-first" }, items, marks);
        expect(found).toHaveLength(items.length);
        for (const { item, revision } of found) marks.set(item.key, { version: item.version, revision });
        expect(findNew({ on, listed: "newest-first" }, items, marks)).toEqual([]);
      }),
    );
  });
});
