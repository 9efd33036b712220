import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import * as z from "zod/mini";
import type { Vault } from "./secret-vault.ts";

const stored = z.object({
  format: z.literal(1),
  secrets: z.array(
    z.object({
      name: z.string(),
      arn: z.string(),
      description: z.optional(z.string()),
      tags: z.record(z.string(), z.string()),
      createdAt: z.number(),
      changedAt: z.number(),
      deletesAt: z.optional(z.number()),
      versions: z.array(
        z.object({
          id: z.string(),
          value: z.union([z.object({ string: z.string() }), z.object({ binary: z.string() })]),
          createdAt: z.number(),
          stages: z.array(z.string()),
        }),
      ),
    }),
  ),
});

/** The file with the local secrets cannot be used. */
export class SecretFileError extends Error {
  override name = "SecretFileError";
}

/**
 * Reads all secrets; none where there is no file yet.
 *
 * @throws SecretFileError where the file is not what was written
 */
export function loadVault(file: string): Vault {
  try {
    const { secrets } = stored.parse(JSON.parse(readFileSync(file, "utf8")));
    return new Map(secrets.map((secret) => [secret.name, secret]));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Map();
    // The cause is left out on purpose: a parser quotes what it could not read, and here that is a secret.
    throw new SecretFileError(
      `Cannot read the local secrets in "${file}". Restore the file, or delete it and connect your accounts again.`,
    );
  }
}

/** Writes all or nothing, also when the power goes: beside the old file, flushed, then renamed over it. */
export function saveVault(file: string, vault: Vault): void {
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const temporary = `${file}.new`;
  const descriptor = openSync(temporary, "w", 0o600);
  try {
    const bytes = Buffer.from(JSON.stringify({ format: 1, secrets: [...vault.values()] }));
    for (let written = 0; written < bytes.byteLength; ) written += writeSync(descriptor, bytes, written);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, file);
  flushFolder(folder);
}

/** Without it a power cut may undo the rename. Windows cannot open folders, and does not need to. */
function flushFolder(folder: string): void {
  if (process.platform === "win32") return;
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
