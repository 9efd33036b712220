import { readFileSync } from "node:fs";

const folder = new URL("../data/events/", import.meta.url);

/**
 * One of the golden events: what AWS sends for a trigger, as its documentation shows it.
 *
 * @param values what to write in place of `{{name}}`
 */
export function golden(name: string, values: Record<string, string> = {}): unknown {
  const text = readFileSync(new URL(`${name}.json`, folder), "utf8");
  return JSON.parse(text.replaceAll(/\{\{(\w+)\}\}/g, (_, key: string) => values[key] ?? ""));
}
