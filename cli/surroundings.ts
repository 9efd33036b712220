import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { CliError } from "./errors.ts";

/** All that a command touches outside itself, so that a test can stand in for it. */
export type Surroundings = {
  env: Record<string, string | undefined>;
  /** Folder for what `.local` and relative file names mean. */
  cwd: string;
  home: string;
  /** Writes to standard output: the answer. */
  out(text: string | Uint8Array): void;
  /** Writes to standard error: advice, progress, errors. */
  err(text: string): void;
  /** Whether standard output is a terminal that a person looks at. */
  isTerminal: boolean;
  columns: number;
  now(): number;
  fetch: typeof fetch;
  /** Asks for a secret without showing it; rejects where nobody can be asked. */
  askSecret(question: string): Promise<string>;
  /** Opens an address in the person's browser. */
  openBrowser(url: string): Promise<void>;
  sleep(milliseconds: number): Promise<void>;
  /** The value of a secret in AWS, with the person's own credentials. */
  readSecret(name: string): Promise<string | undefined>;
  writeSecret(name: string, value: string): Promise<void>;
};

/**
 * The text of a file that an option names.
 *
 * @throws CliError where there is none
 */
export function readText({ cwd }: Surroundings, file: string): string {
  const path = resolve(cwd, file);
  if (!existsSync(path)) throw new CliError("usage", `There is no file ${path}.`);
  return readFileSync(path, "utf8");
}
