/**
 * The language of `tq`: what Upwork's reports take of the Google Visualization API's query language. Clauses in this
 * order: SELECT, WHERE, GROUP BY, ORDER BY, LIMIT, OFFSET; the rest of Google's language is not known to be taken.
 */
export type Selected = { column: string; aggregate: Aggregate | undefined };
export type Aggregate = (typeof aggregates)[number];

export type Condition =
  | { kind: "and" | "or"; parts: readonly Condition[] }
  | { kind: "not"; part: Condition }
  | { kind: "compare"; column: string; operator: Operator; value: string | number };
export type Operator = (typeof operators)[number];

export type TableQuery = {
  /** Empty for `*`. */
  select: readonly Selected[];
  where: Condition | undefined;
  groupBy: readonly string[];
  orderBy: readonly { column: Selected; descending: boolean }[];
  limit: number | undefined;
  offset: number;
};

export class QueryError extends Error {}

const aggregates = ["sum", "avg", "min", "max", "count"] as const;
const operators = ["=", "!=", "<>", "<=", ">=", "<", ">", "contains", "starts with", "ends with", "like"] as const;
/** Deeper parentheses than this are nobody's query. */
const mostDepth = 50;

type Token = { kind: "word" | "string" | "number" | "sign"; text: string };

function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  const pattern =
    /\s*(?:([A-Za-z_][A-Za-z0-9_]*|`[^`]*`)|'([^']*)'|"([^"]*)"|(-?\d+(?:\.\d+)?)|(<=|>=|<>|!=|[=<>(),*]))/y;
  const text = source.trimEnd();
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const found = pattern.exec(text);
    if (found === null) throw new QueryError(`Unexpected "${text.slice(at, at + 20).trim()}"`);
    const [, word, single, double, number, sign] = found;
    if (word !== undefined) tokens.push({ kind: "word", text: word.replaceAll("`", "") });
    else if (single !== undefined || double !== undefined)
      tokens.push({ kind: "string", text: single ?? double ?? "" });
    else if (number !== undefined) tokens.push({ kind: "number", text: number });
    else tokens.push({ kind: "sign", text: sign ?? "" });
  }
  return tokens;
}

/** @throws QueryError where the text is no such query */
export function parseTableQuery(source: string): TableQuery {
  const tokens = tokensOf(source);
  let at = 0;
  const peek = (text: string) => {
    const token = tokens[at];
    return token !== undefined && (token.kind === "word" || token.kind === "sign") && token.text.toLowerCase() === text;
  };
  const take = (...texts: string[]) => {
    for (const text of texts) {
      if (!peek(text)) throw new QueryError(`Expected ${text.toUpperCase()} before "${tokens[at]?.text ?? "the end"}"`);
      at += 1;
    }
  };
  const taken = (text: string) => {
    const isThere = peek(text);
    if (isThere) at += 1;
    return isThere;
  };

  function listOf<Item>(item: () => Item): Item[] {
    const items = [item()];
    while (taken(",")) items.push(item());
    return items;
  }

  function name(): string {
    const token = tokens[at];
    if (token?.kind !== "word") throw new QueryError(`Expected a column before "${token?.text ?? "the end"}"`);
    at += 1;
    return token.text;
  }

  function selected(): Selected {
    const first = name();
    const aggregate = aggregates.find((known) => known === first.toLowerCase());
    if (aggregate === undefined || !taken("(")) return { column: first, aggregate: undefined };
    const column = name();
    take(")");
    return { column, aggregate };
  }

  function condition(depth: number): Condition {
    if (depth > mostDepth) throw new QueryError("Too many parentheses");
    const parts = [conjunction(depth)];
    while (taken("or")) parts.push(conjunction(depth));
    return parts.length === 1 && parts[0] ? parts[0] : { kind: "or", parts };
  }

  function conjunction(depth: number): Condition {
    const parts = [term(depth)];
    while (taken("and")) parts.push(term(depth));
    return parts.length === 1 && parts[0] ? parts[0] : { kind: "and", parts };
  }

  function term(depth: number): Condition {
    if (taken("not")) return { kind: "not", part: term(depth + 1) };
    if (depth > mostDepth) throw new QueryError("Too many parentheses");
    if (taken("(")) {
      const part = condition(depth + 1);
      take(")");
      return part;
    }
    const column = name();
    return { kind: "compare", column, operator: operator(), value: literal() };
  }

  function operator(): Operator {
    const token = tokens[at];
    at += 1;
    const word = token?.text.toLowerCase();
    if (word === "starts" || word === "ends") {
      take("with");
      return `${word} with`;
    }
    const found = token?.kind === "string" ? undefined : operators.find((known) => known === word);
    if (found === undefined) throw new QueryError(`Expected an operator before "${token?.text ?? "the end"}"`);
    return found;
  }

  function literal(): string | number {
    // `date '2026-01-31'` is Google's way, `'2026-01-31'` that of Upwork's examples.
    if (peek("date") && tokens[at + 1]?.kind === "string") at += 1;
    const token = tokens[at];
    if (token?.kind !== "string" && token?.kind !== "number") {
      throw new QueryError(`Expected a value before "${token?.text ?? "the end"}"`);
    }
    at += 1;
    return token.kind === "number" ? Number(token.text) : token.text;
  }

  function count(): number {
    const value = literal();
    if (typeof value !== "number" || !Number.isInteger(value) || value < 0)
      throw new QueryError(`Not a count: ${value}`);
    return value;
  }

  take("select");
  const select = taken("*") ? [] : listOf(selected);
  const where = taken("where") ? condition(0) : undefined;
  let groupBy: string[] = [];
  if (taken("group")) {
    take("by");
    groupBy = listOf(name);
  }
  let orderBy: { column: Selected; descending: boolean }[] = [];
  if (taken("order")) {
    take("by");
    orderBy = listOf(() => {
      const column = selected();
      const descending = taken("desc");
      if (!descending) taken("asc");
      return { column, descending };
    });
  }
  const limit = taken("limit") ? count() : undefined;
  const offset = taken("offset") ? count() : 0;
  if (at < tokens.length) throw new QueryError(`Unexpected "${tokens[at]?.text}"`);
  return { select, where, groupBy, orderBy, limit, offset };
}
