import type { Parameters } from "./parameters.ts";
import { answered, type Failure, failed, type Result } from "./results.ts";
import { oneOrMany } from "./shapes.ts";

export type Page = { offset: number; count: number };

/** The most rows that one page may have. */
const most = 100;

/** `offset;count`, 20 from the start where nothing is given; an error that names the parameter where it is something else. */
export function parsePage(name: string, text: string): Page | Failure {
  const found = /^(\d{1,7});(\d{1,7})$/.exec(text === "" ? "0;20" : text);
  const page = { offset: Number(found?.[1]), count: Number(found?.[2]) };
  return found === null || page.count > most
    ? failed(400, `Invalid ${name}: offset;count, at most ${most} at once`)
    : page;
}

/** The rows that stand on a page. */
export const onPage = <Row>(rows: readonly Row[], { offset, count }: Page) => rows.slice(offset, offset + count);

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
 * A page of a list as hr/v2 wraps it, below the list's name: how many there are in all, and the rows of the page, one as
 * itself, several as an array, none as `""`.
 */
export function listing<Row extends Record<string, unknown>>(
  list: string,
  element: string,
  rows: readonly Row[],
  parameters: Parameters,
): Result {
  const page = parsePage("page", parameters.get("page"));
  if ("error" in page) return page;
  const orderBy = parameters.get("order_by");
  const [field = ""] = orderBy.split(";");
  const direction = orderBy.endsWith("D") ? "desc" : "asc";
  return answered({
    [list]: {
      lister: {
        total_items: String(rows.length),
        query: "",
        paging: { count: String(page.count), offset: String(page.offset) },
        sort: orderBy === "" ? "" : { sort: { sort: [field, direction] } },
      },
      [element]: oneOrMany(onPage(inOrder(rows, orderBy), page)),
    },
  });
}
