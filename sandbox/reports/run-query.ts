import { type Aggregate, type Condition, parseTableQuery, QueryError, type Selected } from "./tq.ts";

export type ColumnType = "string" | "number" | "date";
/** The columns of a report, in the order of `SELECT *`. */
export type Columns = Readonly<Record<string, ColumnType>>;
/** Dates as `yyyymmdd`. */
export type ReportRow = Readonly<Record<string, string | number>>;

/** Google Visualization's table, as Upwork writes it: every value a string, and an empty table with one empty row. */
export type Table = {
  cols: { type: ColumnType; label: string }[];
  rows: { c: { v: string }[] }[] | [""];
};

/**
 * Answers a query over rows. Columns that are not aggregated are grouped by, whether GROUP BY says so or not.
 *
 * @throws QueryError for a query that is none, or names a column there is not
 */
export function runQuery(source: string, columns: Columns, rows: readonly ReportRow[]): Table {
  const query = parseTableQuery(source);
  const select = query.select.length > 0 ? query.select : Object.keys(columns).map(plain);
  const typeOf = (column: string) => {
    const type = columns[column];
    if (type === undefined || !Object.hasOwn(columns, column)) throw new QueryError(`Unknown column: ${column}`);
    return type;
  };
  for (const { column } of [...select, ...query.orderBy.map(({ column }) => column)]) typeOf(column);
  for (const column of query.groupBy) typeOf(column);
  const { where } = query;
  const isWanted = where === undefined ? () => true : testOf(where, typeOf);
  const wanted = rows.filter(isWanted);
  const isGrouped = query.groupBy.length > 0 || select.some(({ aggregate }) => aggregate !== undefined);
  const keys = [
    ...select.filter(({ aggregate }) => aggregate === undefined).map(({ column }) => column),
    ...query.groupBy,
  ];
  const groups = isGrouped
    ? [...Map.groupBy(wanted, (row) => JSON.stringify(keys.map((key) => row[key]))).values()]
    : wanted.map((row) => [row]);
  const ordered = groups.toSorted((a, b) => {
    for (const { column, descending } of query.orderBy) {
      const compared = compare(cellOf(column, a), cellOf(column, b));
      if (compared !== 0) return descending ? -compared : compared;
    }
    return 0;
  });
  const shown = ordered.slice(query.offset, query.limit === undefined ? undefined : query.offset + query.limit);
  return {
    cols: select.map((column) => ({ type: typeOfSelected(column, typeOf(column.column)), label: labelOf(column) })),
    rows:
      shown.length === 0
        ? [""]
        : shown.map((group) => ({ c: select.map((column) => ({ v: text(cellOf(column, group)) })) })),
  };
}

const plain = (column: string): Selected => ({ column, aggregate: undefined });
const labelOf = ({ column, aggregate }: Selected) => (aggregate === undefined ? column : `${aggregate}(${column})`);
const typeOfSelected = ({ aggregate }: Selected, type: ColumnType): ColumnType =>
  aggregate === "sum" || aggregate === "avg" || aggregate === "count" ? "number" : type;

/** Two digits are enough for money and hours, and sums of them have no more. */
const text = (value: string | number) => (typeof value === "number" ? String(Math.round(value * 100) / 100) : value);

function cellOf({ column, aggregate }: Selected, group: readonly ReportRow[]): string | number {
  if (aggregate === undefined) return group[0]?.[column] ?? "";
  return fold(
    aggregate,
    group.map((row) => row[column] ?? ""),
  );
}

function fold(aggregate: Aggregate, values: readonly (string | number)[]): string | number {
  const sum = () => values.reduce<number>((total, value) => total + Number(value), 0);
  switch (aggregate) {
    case "count":
      return values.length;
    case "sum":
      return sum();
    case "avg":
      return sum() / values.length;
    default: {
      const sorted = values.toSorted(compare);
      return (aggregate === "min" ? sorted[0] : sorted.at(-1)) ?? "";
    }
  }
}

function compare(a: string | number, b: string | number): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [left, right] = [String(a), String(b)];
  return left < right ? -1 : Number(left > right);
}

type Test = (row: ReportRow) => boolean;

function testOf(condition: Condition, typeOf: (column: string) => ColumnType): Test {
  if (condition.kind === "not") {
    const test = testOf(condition.part, typeOf);
    return (row) => !test(row);
  }
  if (condition.kind !== "compare") {
    const tests = condition.parts.map((part) => testOf(part, typeOf));
    return condition.kind === "and"
      ? (row) => tests.every((test) => test(row))
      : (row) => tests.some((test) => test(row));
  }
  const { column, operator } = condition;
  const type = typeOf(column);
  const wanted =
    type === "date" ? dateOf(condition.value) : type === "number" ? numberOf(condition.value) : String(condition.value);
  const words = String(wanted).toLowerCase();
  const holds = (compared: number) =>
    ({
      "=": compared === 0,
      "!=": compared !== 0,
      "<>": compared !== 0,
      "<": compared < 0,
      "<=": compared <= 0,
      ">": compared > 0,
      ">=": compared >= 0,
    })[operator as string] ?? false;
  return (row) => {
    const value = row[column] ?? "";
    const written = String(value).toLowerCase();
    switch (operator) {
      case "contains":
        return written.includes(words);
      case "starts with":
        return written.startsWith(words);
      case "ends with":
        return written.endsWith(words);
      case "like":
        return isLike(written, words);
      default:
        return holds(compare(value, wanted));
    }
  };
}

function dateOf(value: string | number): string {
  const compact = String(value).replaceAll("-", "");
  if (!/^\d{8}$/.test(compact)) throw new QueryError(`Not a date: ${value}. Dates are 'yyyy-mm-dd'`);
  return compact;
}

function numberOf(value: string | number): number {
  const number = Number(value);
  if (value === "" || Number.isNaN(number)) throw new QueryError(`Not a number: ${value}`);
  return number;
}

/** `%` stands for anything, `_` for one character; in time proportional to both lengths, whatever the pattern. */
function isLike(value: string, pattern: string): boolean {
  let [at, mark, star, resume] = [0, 0, -1, 0];
  while (at < value.length) {
    if (mark < pattern.length && pattern[mark] !== "%" && (pattern[mark] === "_" || pattern[mark] === value[at])) {
      at += 1;
      mark += 1;
    } else if (pattern[mark] === "%") {
      star = mark;
      resume = at;
      mark += 1;
    } else if (star >= 0) {
      mark = star + 1;
      resume += 1;
      at = resume;
    } else return false;
  }
  while (pattern[mark] === "%") mark += 1;
  return mark === pattern.length;
}
