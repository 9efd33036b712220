import type { SourceMap } from "node:module";

const place = /(file:\/\/)?(\/[^\s():]+\.mjs):(\d+):(\d+)/g;
const maps = new Map<string, SourceMap | undefined>();

/**
 * The stack trace of an error, as V8 writes it. Of the error's message nothing is taken for a place: it may hold what
 * somebody sent, at any length.
 */
export function stackInSources(error: object, frames: readonly { toString(): string }[]): string {
  const head = Error.prototype.toString.call(error);
  return [head, ...frames.map((frame) => inSources(`    at ${frame}`))].join("\n");
}

/**
 * A stack trace with places in our sources instead of places in a bundle, wherever a source map lies beside the bundle.
 *
 * Node would do it too, but reads every map when a function starts (`--enable-source-maps`): an eighth of a cold start, for
 * errors that hardly ever come.
 */
export function inSources(stack: string): string {
  return stack.replace(place, (written, _scheme, file: string, line: string, column: string) => {
    const entry = mapOf(file)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (entry === undefined || !("originalSource" in entry)) return written;
    return `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}

function mapOf(file: string): SourceMap | undefined {
  if (!maps.has(file)) maps.set(file, readMap(file));
  return maps.get(file);
}

function readMap(file: string): SourceMap | undefined {
  const { readFileSync } = process.getBuiltinModule("node:fs");
  const { SourceMap } = process.getBuiltinModule("node:module");
  try {
    return new SourceMap(JSON.parse(readFileSync(`${file}.map`, "utf8")));
  } catch {
    return undefined; // No map, or none that can be read: the place in the bundle is better than none.
  }
}
