import { describe, expect, test } from "vitest";
import { fetchItems } from "../../../functions/watches/fetch-items.ts";
import { type Definition, definitionSchema, type WatchCall } from "../../../functions/watches/watch.ts";

const definition = (call: object, paging: object): Definition =>
  definitionSchema.parse({
    name: "pages",
    client: "crm",
    connection: "acme",
    schedule: { everyMinutes: 15 },
    items: "items",
    itemId: "id",
    depth: 10,
    call,
    paging,
  });

/** Reads five items in pages of two and says what was asked for. */
async function read(call: object, paging: object, offsetOf: (asked: WatchCall) => number, cursorless = false) {
  const asked: WatchCall[] = [];
  const found = await fetchItems(
    definition(call, paging),
    async (_watch, request) => {
      asked.push(request);
      const offset = offsetOf(request);
      const items = [1, 2, 3, 4, 5].slice(offset, offset + 2).map((id) => ({ id }));
      return { items, ...(cursorless || offset >= 4 ? {} : { next: String(offset + 2) }) };
    },
    async () => false,
  );
  expect(found.items.map(({ id }) => id)).toEqual(["1", "2", "3", "4", "5"]);
  expect(found).toMatchObject({ pages: 3, mayBeMore: false });
  return asked;
}

const variablesOf = (call: WatchCall) => ("graphql" in call ? call.variables : {}) as { filter: { page: number } };

describe("pages are asked for until one is short", () => {
  test("by a REST parameter", async () => {
    const offsetOf = (call: WatchCall) => ("path" in call ? Number(String(call.query.page).split(";")[0]) : 0);
    const asked = await read({ path: "/api/x", query: { q: "y" } }, { parameter: "page", size: 2 }, offsetOf);
    expect(asked.map((call) => "path" in call && call.query)).toEqual([
      { q: "y", page: "0;2" },
      { q: "y", page: "2;2" },
      { q: "y", page: "4;2" },
    ]);
  });

  test("by a variable that takes a cursor, wherever it stands", async () => {
    const call = { graphql: "query { x }", variables: { filter: { after: "0", first: 2 } } };
    const offsetOf = (asked: WatchCall) => Number((variablesOf(asked).filter as unknown as { after: string }).after);
    const asked = await read(call, { variable: "filter.after", cursor: "next" }, offsetOf);
    expect(asked.map((one) => variablesOf(one).filter)).toEqual(["0", "2", "4"].map((after) => ({ after, first: 2 })));
  });

  test("by a variable that counts pages", async () => {
    const call = { graphql: "query { x }", variables: { filter: { id: "7", page: 1 } } };
    const offsetOf = (asked: WatchCall) => (variablesOf(asked).filter.page - 1) * 2;
    const asked = await read(call, { variable: "filter.page", size: 2 }, offsetOf, true);
    expect(asked.map((one) => variablesOf(one).filter)).toEqual([1, 2, 3].map((page) => ({ id: "7", page })));
  });
});
