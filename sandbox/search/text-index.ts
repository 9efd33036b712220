import { type Query, wordsOf } from "./query.ts";

/** Rows by the words in their fields. Rows added later are taken up when somebody searches; changed ones are not. */
export type TextIndex = {
  /** A byte a row, in the order of the rows: 1 for those that the query finds. */
  find(query: Query): Uint8Array;
};

/**
 * @param fieldsOf the texts of a row by field; a query without a field looks into all of them
 */
export function createTextIndex<Row>(
  rows: readonly Row[],
  fieldsOf: (row: Row) => Readonly<Record<string, string>>,
): TextIndex {
  // A word as it is written for any field, and as `field:word`.
  const postings = new Map<string, number[]>();
  const texts: Record<string, string>[] = [];

  function takeUp(number: number, row: Row): void {
    const text: Record<string, string> = {};
    const seen = new Set<string>();
    for (const [field, value] of Object.entries(fieldsOf(row))) {
      const words = wordsOf(value);
      text[field] = ` ${words.join(" ")} `;
      for (const word of words) seen.add(word).add(`${field}:${word}`);
    }
    texts.push(text);
    for (const word of seen) {
      const list = postings.get(word);
      if (list === undefined) postings.set(word, [number]);
      else list.push(number);
    }
  }

  function phrase(field: string, words: readonly string[]): Uint8Array {
    const found = new Uint8Array(rows.length);
    const lists = words.map((word) => postings.get(field === "" ? word : `${field}:${word}`) ?? []);
    const shortest = lists.toSorted((a, b) => a.length - b.length)[0] ?? [];
    const wanted = ` ${words.join(" ")} `;
    for (const number of shortest) {
      const text = texts[number] ?? {};
      const isThere =
        words.length === 1 ||
        (field === "" ? Object.values(text).some((value) => value.includes(wanted)) : text[field]?.includes(wanted));
      if (isThere) found[number] = 1;
    }
    return found;
  }

  function find(query: Query): Uint8Array {
    if (query.kind === "phrase") return phrase(query.field, query.words);
    if (query.kind === "not") return find(query.part).map((value) => 1 - value);
    const isAll = query.kind === "all";
    const result = new Uint8Array(rows.length).fill(isAll ? 1 : 0);
    for (const part of query.parts) {
      const found = find(part);
      for (let number = 0; number < result.length; number += 1) {
        result[number] = isAll
          ? (result[number] ?? 0) & (found[number] ?? 0)
          : (result[number] ?? 0) | (found[number] ?? 0);
      }
    }
    return result;
  }
  return {
    find(query) {
      for (const row of rows.slice(texts.length)) takeUp(texts.length, row);
      return find(query);
    },
  };
}
