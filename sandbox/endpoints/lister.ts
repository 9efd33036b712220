import type { Parameters } from "./endpoint.ts";
import { oneOrMany } from "./shapes.ts";

export type Page = { offset: number; count: number };

/** `page=offset;count`, 20 from the start by default; `undefined` where it is something else. */
export function parsePage(text: string, most = 100): Page | undefined {
  const found = /^(\d{1,7});(\d{1,7})$/.exec(text === "" ? "0;20" : text);
  if (found === null) return undefined;
  const page = { offset: Number(found[1]), count: Number(found[2]) };
  return page.count > most ? undefined : page;
}

/** Rows in the order of `field1;field2;AD`: a letter a field, A up and D down. Fields that no row has change nothing. */
export function inOrder<Row extends Record<string, unknown>>(rows: readonly Row[], orderBy: string): readonly Row[] {
  if (orderBy === "") return rows;
  const parts = orderBy.split(";");
  const letters = /^[AD]+$/.test(parts.at(-1) ?? "") ? (parts.pop() ?? "") : "";
  return rows.toSorted((a, b) => {
    for (const [index, field] of parts.entries()) {
      const compared = compare(String(a[field] ?? ""), String(b[field] ?? ""));
      if (compared !== 0) return letters[index] === "D" ? -compared : compared;
    }
    return 0;
  });
}

function compare(a: string, b: string): number {
  const [left, right] = [Number(a), Number(b)];
  if (a !== "" && b !== "" && !Number.isNaN(left) && !Number.isNaN(right)) return left - right;
  return a < b ? -1 : Number(a > b);
}

/**
 * A page of a list as hr/v2 wraps it: how many there are in all, and the rows of the page, one as itself, several as an
 * array, none as `""`. `undefined` where `page` is wrong.
 */
export function lister<Row extends Record<string, unknown>>(
  name: string,
  rows: readonly Row[],
  parameters: Parameters,
): Record<string, unknown> | undefined {
  const page = parsePage(parameters.get("page"));
  if (page === undefined) return undefined;
  const orderBy = parameters.get("order_by");
  const [field = ""] = orderBy.split(";");
  const direction = orderBy.endsWith("D") ? "desc" : "asc";
  return {
    lister: {
      total_items: String(rows.length),
      query: "",
      paging: { count: String(page.count), offset: String(page.offset) },
      sort: orderBy === "" ? "" : { sort: { sort: [field, direction] } },
    },
    [name]: oneOrMany(inOrder(rows, orderBy).slice(page.offset, page.offset + page.count)),
  };
}
