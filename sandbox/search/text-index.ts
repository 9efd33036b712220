import { type Query, wordsOf } from "./query.ts";

/** Rows by the words in their fields. It follows what happens to the rows: those added later are taken up by themselves. */
export type TextIndex<Row> = {
  /** A byte a row, in the order of the rows: 1 for those that the query finds. */
  find(query: Query): Uint8Array;
  /** Must be told of every row that was changed. */
  changed(row: Row): void;
};

/** So many changed rows are looked at one by one; with more, everything is indexed anew. */
const mostChanged = 200;

type Texts = Readonly<Record<string, string>>;

/**
 * @param fieldsOf the texts of a row by field; a query without a field looks into all of them
 */
export function createTextIndex<Row>(rows: readonly Row[], fieldsOf: (row: Row) => Texts): TextIndex<Row> {
  // A word as it is written for any field, and as `field:word`.
  let postings = new Map<string, number[]>();
  let texts: Texts[] = [];
  let numbers = new Map<Row, number>();
  const stale = new Set<number>();

  function takeUp(row: Row): void {
    const number = texts.length;
    const text = normalised(fieldsOf(row));
    texts.push(text);
    numbers.set(row, number);
    const seen = new Set<string>();
    for (const [field, value] of Object.entries(text)) {
      for (const word of value.split(" ")) if (word !== "") seen.add(word).add(`${field}:${word}`);
    }
    for (const word of seen) {
      const list = postings.get(word);
      if (list === undefined) postings.set(word, [number]);
      else list.push(number);
    }
  }

  function forgetAll(): void {
    postings = new Map();
    texts = [];
    numbers = new Map();
    stale.clear();
  }

  function phrase(field: string, words: readonly string[]): Uint8Array {
    const found = new Uint8Array(texts.length);
    const lists = words.map((word) => postings.get(field === "" ? word : `${field}:${word}`) ?? []);
    const shortest = lists.toSorted((a, b) => a.length - b.length)[0] ?? [];
    for (const number of shortest) {
      if (words.length === 1 || holds(texts[number] ?? {}, field, words)) found[number] = 1;
    }
    return found;
  }

  function find(query: Query): Uint8Array {
    if (query.kind === "phrase") return phrase(query.field, query.words);
    if (query.kind === "not") return find(query.part).map((value) => 1 - value);
    const isAll = query.kind === "all";
    const result = new Uint8Array(texts.length).fill(isAll ? 1 : 0);
    for (const part of query.parts) {
      const found = find(part);
      for (let number = 0; number < result.length; number += 1) {
        const [so, also] = [result[number] ?? 0, found[number] ?? 0];
        result[number] = isAll ? so & also : so | also;
      }
    }
    return result;
  }

  return {
    find(query) {
      if (stale.size > mostChanged) forgetAll();
      for (const row of rows.slice(texts.length)) takeUp(row);
      const found = find(query);
      for (const number of stale) found[number] = Number(matches(query, texts[number] ?? {}));
      return found;
    },
    changed(row) {
      const number = numbers.get(row);
      if (number === undefined) return;
      texts[number] = normalised(fieldsOf(row));
      stale.add(number);
    },
  };
}

/** Words with a space before and after each, so that a phrase is a piece of it. */
function normalised(fields: Texts): Texts {
  return Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [field, ` ${wordsOf(value).join(" ")} `] as const),
  );
}

function holds(text: Texts, field: string, words: readonly string[]): boolean {
  const wanted = ` ${words.join(" ")} `;
  return field === ""
    ? Object.values(text).some((value) => value.includes(wanted))
    : Object.hasOwn(text, field) && text[field]?.includes(wanted) === true;
}

/** What the query means for one row, without the index. */
function matches(query: Query, text: Texts): boolean {
  if (query.kind === "phrase") return holds(text, query.field, query.words);
  if (query.kind === "not") return !matches(query.part, text);
  return query.kind === "all"
    ? query.parts.every((part) => matches(part, text))
    : query.parts.some((part) => matches(part, text));
}
