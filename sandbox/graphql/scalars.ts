/** How values look in Upwork's answers. */

const dollars = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });

export const money = (amount: number) => ({
  rawValue: String(amount),
  currency: "USD",
  displayValue: dollars.format(amount),
});

/** @param at milliseconds; 0 means never */
export const dateTime = (at: number): string | null =>
  at === 0 ? null : new Date(at).toISOString().replace(/\.\d{3}Z$/, "+0000");

/** For fields that always have a time. */
export const dateTimeOf = (at: number): string => dateTime(at) ?? "1970-01-01T00:00:00+0000";

export type Pagination = { after?: string | null; first: number };

/** A page of rows with cursors that are places in the list, as `pagination_eq: { after: "0", first: 50 }` has them. */
export function connection<Row, Node>(rows: readonly Row[], page: Pagination, view: (row: Row) => Node) {
  const offset = Math.max(0, Math.floor(Number(page.after ?? 0)) || 0);
  const shown = rows.slice(offset, offset + Math.max(0, page.first));
  return {
    totalCount: rows.length,
    edges: shown.map((row, index) => ({ cursor: String(offset + index + 1), node: view(row) })),
    pageInfo: { endCursor: String(offset + shown.length), hasNextPage: offset + shown.length < rows.length },
  };
}
