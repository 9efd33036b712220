import { parseDay } from "../world/diary.ts";

/** How Upwork writes things: the REST years' habits, in one place. */

/** `2016-05-01T10:00:00+0000`, as the v2 search writes a time. */
export const isoTime = (at: number) => new Date(at).toISOString().replace(/\.\d{3}Z$/, "+0000");

/** Milliseconds since 1970 as a string, as hr/v2 writes a time; `""` where there is none. */
export const stamp = (at: number) => (at === 0 ? "" : String(at));

/** Dollars with two digits, as a string. */
export const money = (amount: number) => amount.toFixed(2);

/** What XML made of a truth: `"1"`, or nothing. */
export const flag = (value: boolean) => (value ? "1" : "");

/** What XML made of a list: `""` when empty, the thing itself when alone, an array of several. */
export function oneOrMany<Item>(items: readonly Item[]): Item | readonly Item[] | "" {
  const [first] = items;
  if (first === undefined) return "";
  return items.length === 1 ? first : items;
}

/** A list wrapped in the name of its element; `""` when empty. */
export function wrapped<Item>(name: string, items: readonly Item[]): Record<string, unknown> | "" {
  return items.length === 0 ? "" : { [name]: oneOrMany(items) };
}

/** An array, or `""` when it is empty. */
export const listed = <Item>(items: readonly Item[]): readonly Item[] | "" => (items.length === 0 ? "" : items);

/** `mm-dd-yyyy` in milliseconds; 0 for nothing, `undefined` where there is no such day. */
export function parseUsDate(text: string): number | undefined {
  if (text === "") return 0;
  const [, month, day, year] = /^(\d{2})-(\d{2})-(\d{4})$/.exec(text) ?? [];
  return parseDay(`${year}${month}${day}`);
}

/** A positive amount of money, or `undefined`. */
export function parseAmount(text: string): number | undefined {
  const amount = Number(text);
  return text.trim() !== "" && Number.isFinite(amount) && amount > 0 && amount < 1e9 ? amount : undefined;
}
