/** A parameter that nobody can make sense of: answered with 400 and this text. */
export class BadParameterError extends Error {}

export type NumberFilter = (value: number) => boolean;

/** `5`, `3,4` (either) or `[20 TO 40]` (both ends count); `*` leaves an end open. */
export function parseNumbers(name: string, text: string): NumberFilter {
  const range = /^\[\s*(\S+)\s+TO\s+(\S+)\s*\]$/i.exec(text.trim());
  if (range !== null) {
    const [from, to] = [bound(range[1] ?? "", -Infinity), bound(range[2] ?? "", Infinity)];
    if (Number.isNaN(from) || Number.isNaN(to)) throw new BadParameterError(`Invalid ${name}: [from TO to]`);
    return (value) => value >= from && value <= to;
  }
  const wanted = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (wanted.some(Number.isNaN))
    throw new BadParameterError(`Invalid ${name}: a number, a list of them or [from TO to]`);
  return (value) => wanted.includes(value);
}

const bound = (text: string, open: number) => (text === "*" ? open : Number(text));

/** One of a parameter's known values, and what it stands for. */
export function parseChoice<Value>(name: string, text: string, choices: Readonly<Record<string, Value>>): Value {
  const found = Object.entries(choices).find(([known]) => known.toLowerCase() === text.trim().toLowerCase());
  if (found === undefined) throw new BadParameterError(`Invalid ${name}: ${Object.keys(choices).join(", ")}`);
  return found[1];
}

/** Names compared as people write them: `Web Development`, `web_development`, `web development`. */
export const slug = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "_");
