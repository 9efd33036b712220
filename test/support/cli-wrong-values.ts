import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Option } from "commander";
import { placeholderOf } from "./cli-commands.ts";
import { secrets } from "./cli-tidy.ts";

/** Files that are wrong for one option or the other. */
export function writeWrongFiles(folder: string): void {
  mkdirSync(join(folder, "folder"));
  writeFileSync(join(folder, "large"), Buffer.alloc(10_000_001, 0x20), { mode: 0o600 });
  writeFileSync(join(folder, "latin1"), Buffer.from('{"preset": "b\xfcro"}', "latin1"), { mode: 0o600 });
  writeFileSync(join(folder, "list.json"), "[1]", { mode: 0o600 });
  writeFileSync(join(folder, "text"), "{ no json", { mode: 0o600 });
  writeFileSync(join(folder, "unknown.json"), '{"uri": "https://x.example"}', { mode: 0o600 });
  writeFileSync(join(folder, "number.json"), '{"url": 1}', { mode: 0o600 });
  writeFileSync(join(folder, "deep.json"), `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`, { mode: 0o600 });
  writeFileSync(join(folder, "open.json"), "{}", { mode: 0o644 });
}

const notNumbers = ["", "x", "-1", "1.5", "1e3", "NaN", "Infinity", "0x10", "1 ", "1000000000", "[1]", "null", "٣"];
const notWords = ["", "ü", "a\nb", "a\r\nx: y", "\u0000"];
const notFiles = ["", "missing", "folder", "large", "latin1", "no\u0000name", "text/below"];
const notTimes = ["", "x", "maybe 7", "7", "-1", "0", "1e99", "2026-13-45", "2026-02-30T99:00:00Z", "2w", "1000000d"];
const notUrls = [
  "",
  "nonsense",
  "ftp://x.example",
  "http://gateway.example",
  `https://user:${secrets.key}@x.example`,
  `https://:${secrets.key}@x.example`,
  `https://x.example/?key=${secrets.key}`,
  `https://x.example/#${secrets.key}`,
  "https://[::1",
];
const notConfigs = [
  "",
  "missing.json",
  "folder",
  "large",
  "text",
  "list.json",
  "unknown.json",
  "number.json",
  "deep.json",
  "open.json",
];

/**
 * What is wrong by itself, by the placeholder of an option's value. What only the gateway can know is left to its own
 * schemas (test/integration/cli/refusals.test.ts); an empty value is wrong everywhere.
 */
export const wrongValues: Readonly<Record<string, readonly string[]>> = {
  seconds: notNumbers,
  minutes: notNumbers,
  units: notNumbers,
  pages: notNumbers,
  number: notNumbers,
  time: notTimes,
  json: ["", "@", "@missing", "@folder", "@large", "@latin1", "@no\u0000name"],
  path: notFiles,
  "name=value": ["", "x", "=x", "="],
  "name:value": ["", "x", ":x", "ü:x", "a b:c", "a:ü", "a:b\nc", "a\nb:c"],
  origin: notUrls,
  key: ["", "two words", "ü", `${secrets.key}\nx: y`],
  code: [""],
  "consumer-key": ["", ".", ".."],
  expression: [""],
  id: [""],
  jmespath: [""],
  kind: [""],
  "method-and-path": ["", "GET"],
  name: [""],
  rule: [""],
  text: [""],
  type: [""],
  url: [""],
};

/** Where one command's option is stricter or looser than others of its kind. */
const ownWrongValues: Readonly<Record<string, readonly string[]>> = {
  "budget --watch": ["", "x", "-1", "0", "NaN", "Infinity", "1e99", "86401"],
  "calls --most": [...notNumbers, "0"],
  "webhooks deliveries --most": [...notNumbers, "0"],
  "configure --auth": ["", "basic", "OAUTH2"],
  "configure --grant": ["", "password"],
  "call --connection": notWords,
  "call --tenant": notWords,
  "call --header": [...(wrongValues["name:value"] ?? []), "host:x", "Content-Length:1", "authorization:x", "expect:x"],
  "graphql --connection": notWords,
  "graphql --tenant": notWords,
  "ids --connection": notWords,
  "watches create --file": [...notFiles, "text", "list.json", "deep.json"],
  "watches try --file": [...notFiles, "text", "list.json", "deep.json"],
  // Its end is checked by the gateway.
  "clients create --until": ["", "x"],
  "clients set --until": ["", "x"],
  // It needs --call to be sent at all.
  "doctor --connection": [""],
  "global --config": notConfigs,
  "global --stage": ["", "Prod", "../prod", "a b", "x".repeat(30)],
};

/** What is wrong for an option of a command, or of every command (`global`). */
export function wrongValuesOf(leaf: string, option: Option): readonly string[] {
  const placeholder = placeholderOf(option);
  if (placeholder === undefined) return [];
  const values = ownWrongValues[`${leaf} ${option.long}`] ?? wrongValues[placeholder];
  if (values === undefined) throw new Error(`Say which values of ${leaf} ${option.flags} are wrong.`);
  return values;
}
