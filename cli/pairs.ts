import { CliError } from "./errors.ts";
import { parseJson } from "./parse-json.ts";

/**
 * Options written as `name=value`.
 *
 * @throws CliError for one that is not
 */
export function pairsOf(option: string, texts: readonly string[]): (readonly [name: string, value: string])[] {
  return texts.map((text) => {
    const equals = text.indexOf("=");
    if (equals < 1) throw new CliError("usage", `${option}: "${text}" is no parameter. Write it as name=value.`);
    return [text.slice(0, equals), text.slice(equals + 1)];
  });
}

/** Options written as `name=value`, the value JSON where it parses and a string where not. */
export function valuesOf(option: string, texts: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(pairsOf(option, texts).map(([name, text]) => [name, jsonOrText(text)]));
}

function jsonOrText(text: string): unknown {
  const value = parseJson(text);
  // Upwork's ids have up to 20 digits: as a number, such a one would be sent rounded to another.
  const isRounded = typeof value === "number" && /^-?\d+$/.test(text) && !Number.isSafeInteger(value);
  return value === undefined || isRounded || Math.abs(Number(value)) === Number.POSITIVE_INFINITY ? text : value;
}

/** Options written as `name=value`, where a name given twice is a list. */
export function listsOf(option: string, texts: readonly string[]): Record<string, string | string[]> {
  const lists = new Map<string, string | string[]>();
  for (const [name, value] of pairsOf(option, texts)) {
    const before = lists.get(name);
    lists.set(name, before === undefined ? value : [before, value].flat());
  }
  return Object.fromEntries(lists);
}

/** A name of a header (RFC 9110 section 5.6.2). */
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * Options written as `name:value`, as headers are.
 *
 * @throws CliError for one that is not; its value, which may be a secret, is not repeated
 */
export function headersOf(option: string, texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const colon = text.indexOf(":");
      const name = text.slice(0, colon).trim();
      if (colon < 1 || !headerName.test(name)) {
        throw new CliError("usage", `${option}: that is no header. Write it as name:value.`);
      }
      return [name, headerValue(`${option} ${name}`, text.slice(colon + 1).trim())];
    }),
  );
}

/**
 * A value that a header can carry: one line of printable ASCII.
 *
 * @throws CliError for one that is not; it is not repeated
 */
export function headerValue(option: string, value: string): string {
  if (/^[\t\x20-\x7e]*$/.test(value)) return value;
  throw new CliError("usage", `${option}: a header carries one line of letters without accents, digits and signs.`);
}
