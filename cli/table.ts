import { styleText } from "node:util";
import { shown } from "./output.ts";
import type { Surroundings } from "./surroundings.ts";
import { type Thing, textAt } from "./thing.ts";

/** One column. `short`, `least` and `spare` say how it gives way on a terminal that is too narrow for the table. */
export type Column<Row> = {
  title: string;
  value: (row: Row) => string | number | undefined;
  align?: "right";
  /** What is only to be recognised, as names and addresses are, is cut to so many characters. */
  most?: number;
  /** The same in fewer characters. */
  short?: (row: Row) => string;
  /** It may be cut to so many characters. */
  least?: number;
  /** It may be left out, those with the lowest number first. */
  spare?: number;
};

/** A column with all of its cells, the title being the first. */
type Filled<Row> = { column: Column<Row>; cells: string[]; width: number };

const gap = 2;

/**
 * Rows under titles, each column as wide as its widest cell. A person's terminal gets what fits beside each other there;
 * a file or another program gets everything.
 */
export function table<Row>(
  { isTerminal, columns: room }: Pick<Surroundings, "isTerminal" | "columns">,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  empty: string,
): string {
  if (rows.length === 0) return `${empty}\n`;
  const filled = fitting(rows, columns, isTerminal ? room : Number.POSITIVE_INFINITY);
  const lines = [undefined, ...rows].map((_, index) =>
    filled
      .map(({ column: { align }, cells, width }) => {
        const cell = cut(cells[index] ?? "", width);
        return align === "right" ? cell.padStart(width) : cell.padEnd(width);
      })
      .join(" ".repeat(gap))
      .trimEnd(),
  );
  return `${styleText("bold", lines[0] ?? "", { stream: process.stdout })}\n${lines.slice(1).join("\n")}\n`;
}

/** The columns that have room beside each other, as wide as they may be; where even the least do not, those. */
function fitting<Row>(rows: readonly Row[], columns: readonly Column<Row>[], room: number): Filled<Row>[] {
  const full = columns.map((column) => fill(rows, column, column.value));
  if (widthOf(full) <= room) return full;
  const spares = columns.filter(({ spare }) => spare !== undefined).toSorted((a, b) => (a.spare ?? 0) - (b.spare ?? 0));
  let left = columns.map((column) => fill(rows, column, column.short ?? column.value));
  for (const spare of spares) {
    if (widthOf(left.map((filled) => ({ width: leastOf(filled) }))) <= room) break;
    left = left.filter(({ column }) => column !== spare);
  }
  while (widthOf(left) > room) {
    const [widest] = left.filter((filled) => filled.width > leastOf(filled)).toSorted((a, b) => b.width - a.width);
    if (widest === undefined) break;
    widest.width -= 1;
  }
  return left;
}

function fill<Row>(rows: readonly Row[], column: Column<Row>, value: Column<Row>["value"]): Filled<Row> {
  const cells = [column.title, ...rows.map((row) => cut(shown(String(value(row) ?? "-")), column.most))];
  return { column, cells, width: Math.max(...cells.map(({ length }) => length)) };
}

function leastOf({ column: { title, least }, width }: Filled<never>): number {
  return least === undefined ? width : Math.min(width, Math.max(least, title.length));
}

function widthOf(columns: readonly { width: number }[]): number {
  return columns.reduce((sum, { width }) => sum + width, gap * (columns.length - 1));
}

/** A text of at most so many characters, the last three being dots where it was longer. */
export function cut(text: string, most = Number.POSITIVE_INFINITY): string {
  if (text.length <= most) return text;
  // Half of a character that UTF-16 has in two is none.
  const kept = text.slice(0, Math.max(0, most - 3)).replace(/[\ud800-\udbff]$/, "");
  return `${kept}${"...".slice(0, most)}`;
}

/** A time of a thing, which a narrow terminal shows without its year and milliseconds: `11-24 08:15:30Z`. */
export function timeColumn(title: string, path: string, none = "-"): Column<Thing> {
  const value = (thing: Thing) => textAt(thing, path) || none;
  return { title, value, short: (thing) => shortTime(value(thing)) };
}

/** `11-24 08:15:30Z` of an ISO 8601 time in UTC; anything else as it is. */
export function shortTime(time: string): string {
  return time.replace(/^\d{4}-(\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/, "$1 $2Z");
}
