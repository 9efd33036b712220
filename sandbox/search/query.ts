/**
 * The part of Lucene's query language that Upwork's search takes (docs of its Python client): words, phrases, AND, OR,
 * NOT, parentheses, and fields, as in `title:php AND category2:"Web Development"`. Words side by side must all occur.
 */
export type Query =
  | { kind: "all"; parts: readonly Query[] }
  | { kind: "any"; parts: readonly Query[] }
  | { kind: "not"; part: Query }
  /** Words that follow each other; `field` is "" where any text will do. */
  | { kind: "phrase"; field: string; words: readonly string[] };

/** Deeper parentheses are read as if they were not there. */
const mostDepth = 20;
const mostTokens = 300;

/** The words of a text as they are compared: lower-case, without punctuation, but with what makes `c++` or `node.js`. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}](?:[\p{L}\p{N}+#]|\.(?=[\p{L}\p{N}]))*/gu) ?? [];
}

type Token = { kind: "(" | ")" | "AND" | "OR" | "NOT" } | { kind: "text"; field: string; text: string };

function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /([()])|([+-])?(?:([A-Za-z_0-9]+):)?(?:"([^"]*)"?|([^\s()"]+))/gu;
  for (const [, parenthesis, sign, field = "", quoted, bare] of source.matchAll(pattern)) {
    if (tokens.length >= mostTokens) break;
    if (parenthesis === "(" || parenthesis === ")") tokens.push({ kind: parenthesis });
    else if (!field && !sign && (bare === "AND" || bare === "OR" || bare === "NOT")) tokens.push({ kind: bare });
    else {
      if (sign === "-") tokens.push({ kind: "NOT" });
      tokens.push({ kind: "text", field: field.toLowerCase(), text: quoted ?? bare ?? "" });
    }
  }
  return tokens;
}

/** Reads a query; whatever it cannot make sense of it takes for words, so that every text is a query. */
export function parseQuery(source: string): Query {
  const tokens = tokensOf(source);
  let at = 0;
  let depth = 0;

  function anyOf(): Query {
    const parts = [allOf()];
    while (tokens[at]?.kind === "OR") {
      at += 1;
      parts.push(allOf());
    }
    const meant = parts.filter((part) => !isEmpty(part));
    return meant.length === 1 && meant[0] ? meant[0] : { kind: meant.length === 0 ? "all" : "any", parts: meant };
  }

  function allOf(): Query {
    const parts: Query[] = [];
    for (let token = tokens[at]; token !== undefined; token = tokens[at]) {
      if (token.kind === "OR" || (token.kind === ")" && depth > 0)) break;
      if (token.kind === "AND" || token.kind === ")") {
        at += 1;
        continue;
      }
      const part = one();
      if (!isEmpty(part)) parts.push(part);
    }
    return parts.length === 1 && parts[0] ? parts[0] : { kind: "all", parts };
  }

  function one(): Query {
    let isNegated = false;
    while (tokens[at]?.kind === "NOT") {
      isNegated = !isNegated;
      at += 1;
    }
    const token = tokens[at];
    at += 1;
    const part = token?.kind === "(" ? group() : phrase(token);
    return isNegated && !isEmpty(part) ? { kind: "not", part } : part;
  }

  function group(): Query {
    if (depth >= mostDepth) return { kind: "all", parts: [] };
    depth += 1;
    const part = anyOf();
    depth -= 1;
    if (tokens[at]?.kind === ")") at += 1;
    return part;
  }

  const parts: Query[] = [];
  while (at < tokens.length) parts.push(anyOf());
  return parts.length === 1 && parts[0] ? parts[0] : { kind: "all", parts: parts.filter((part) => !isEmpty(part)) };
}

function phrase(token: Token | undefined): Query {
  if (token?.kind !== "text") return { kind: "all", parts: [] };
  return { kind: "phrase", field: token.field, words: wordsOf(token.text) };
}

/** What asks for nothing, such as `&`, limits nothing. */
function isEmpty(query: Query): boolean {
  if (query.kind === "phrase") return query.words.length === 0 && query.field === "";
  return query.kind === "all" && query.parts.length === 0;
}
