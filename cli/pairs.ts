import { CliError } from "./errors.ts";
import { parseJson } from "./gateway.ts";

/**
 * Options written as `name=value`.
 *
 * @throws CliError for one that is not
 */
export function pairsOf(texts: readonly string[]): (readonly [name: string, value: string])[] {
  return texts.map((text) => {
    const equals = text.indexOf("=");
    if (equals < 1) throw new CliError("usage", `"${text}" is no parameter. Write it as name=value.`);
    return [text.slice(0, equals), text.slice(equals + 1)];
  });
}

/** Options written as `name=value`, the value JSON where it parses and a string where not. */
export function valuesOf(texts: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(pairsOf(texts).map(([name, value]) => [name, parseJson(Buffer.from(value)) ?? value]));
}

/** Options written as `name:value`, as headers are. */
export function headersOf(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const colon = text.indexOf(":");
      if (colon < 1) throw new CliError("usage", `"${text}" is no header. Write it as name:value.`);
      return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
    }),
  );
}
