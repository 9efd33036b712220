import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** What a sandbox keeps over a restart, in one file: a section for each kind of token. */
export type DataFile = {
  /** What was kept under this name, or `undefined`. */
  read(section: string): unknown;
  /** Keeps it from now on, whatever happens to the process. */
  write(section: string, value: unknown): void;
};

/** Opens the file, which need not exist; without a path nothing is kept. */
export function openDataFile(path: string | undefined): DataFile {
  if (path === undefined) return { read: () => undefined, write: () => {} };
  const sections = load(path);
  return {
    read: (section) => sections[section],
    write(section, value) {
      sections[section] = value;
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const temporary = `${path}.${process.pid}`;
      writeFileSync(temporary, JSON.stringify(sections), { mode: 0o600, flush: true });
      renameSync(temporary, path);
    },
  };
}

function load(path: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new Error(`The sandbox cannot read its data file "${path}". Delete it to start with no tokens.`, {
      cause: error,
    });
  }
}
