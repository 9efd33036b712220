/** How Upwork writes things: the REST years' habits, in one place. */

/** `2016-05-01T10:00:00+0000`, as the v2 search writes a time. */
export const isoTime = (at: number) => new Date(at).toISOString().replace(/\.\d{3}Z$/, "+0000");

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
