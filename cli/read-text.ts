import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { CliError } from "./errors.ts";
import type { Surroundings } from "./surroundings.ts";

/** API Gateway takes no longer body. */
const maxBytes = 10_000_000;
const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * The text of a file that an option names, or of standard input for `-`. A byte order mark is no part of it.
 *
 * @throws CliError where there is none, or it is too long, or not UTF-8
 */
export async function readText({ cwd, input }: Surroundings, option: string, file: string): Promise<string> {
  const what = file === "-" ? "standard input" : resolve(cwd, file);
  const wrong = (why: string) => new CliError("usage", `${option}: ${why}`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of file === "-" ? input() : createReadStream(what)) {
      size += chunk.byteLength;
      if (size > maxBytes) throw wrong(`${what} is longer than ${maxBytes} bytes, and no gateway takes more.`);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof CliError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw wrong(`There is no file ${what}.`);
    throw wrong(code === "EISDIR" ? `${what} is a folder. Name a file.` : `${what} cannot be read (${code}).`);
  }
  try {
    return utf8.decode(Buffer.concat(chunks));
  } catch {
    throw wrong(`${what} is not text in UTF-8.`);
  }
}
