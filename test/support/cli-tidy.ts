import { expect } from "vitest";
import type { CliResult } from "./cli.ts";

/** What docs/cli.md says a command can end with, but for 1, which is a defect, and for 130, which takes a keyboard. */
export const documentedCodes = [0, 2, 3, 4, 5];

/** Keys that a test gives to a command line, in every way there is. None of them may ever be seen again. */
export const secrets = {
  key: "ugw_test_flagflagfl_secretOfTheFlag",
  environmentKey: "ugw_test_environmen_secretOfTheEnvironment",
  fileKey: "ugw_test_filefilefi_secretOfTheFile",
  adminKey: "admin_secretOfTheAdmin",
};

/**
 * Whatever happened, a command line ends as documented: with its code, with one clear message where it failed, as JSON
 * where that was asked for, and with no secret, no stack and nothing that moves a terminal's cursor.
 */
export function expectTidy({ code, out, err }: CliResult, what: string, isJson: boolean): void {
  expect(documentedCodes, `${what}\n${err}`).toContain(code);
  for (const secret of Object.values(secrets)) expect(out + err, what).not.toContain(secret);
  expect(err, what).not.toMatch(/\n\s+at .+:\d+/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  expect(err, what).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  expect(err.length, what).toBeLessThan(isJson ? 20_000_000 : 30_000);
  if (code === 0) return;
  expect(err, what).not.toBe("");
  expect(err, what).not.toMatch(/undefined|\[object Object\]/);
  if (!isJson) return;
  expect(err.trimEnd().split("\n"), what).toHaveLength(1);
  const document: unknown = JSON.parse(err);
  expect(Array.isArray(document), what).toBe(false);
  expect(typeof document, what).toBe("object");
}
