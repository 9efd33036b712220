import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Option } from "commander";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { runCli } from "../../support/cli.ts";
import { goodAnswer, json, page, responseOf, type Served } from "../../support/cli-answers.ts";
import { globalOptions, leaves, lines, wordsOf } from "../../support/cli-commands.ts";
import { expectTidy, secrets } from "../../support/cli-tidy.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const home = temporaryFolder("cli-words-");
mkdirSync(join(home, "folder"));
writeFileSync(join(home, "body.json"), '{"preset": "jobs", "client": "crm"}');
writeFileSync(join(home, "bytes"), Buffer.from([0xff, 0x00, 0x7b]));
const config = join(home, "config.json");
const env = { UPWORK_GATEWAY_CONFIG: config, UPWORK_GATEWAY_KEY: secrets.environmentKey };

const commands = leaves();
const namesOf = (options: readonly Option[]) =>
  options.flatMap(({ long, short }) => [long, short].filter((name) => name !== undefined));
const anyName = [...new Set(namesOf([...globalOptions(), ...commands.flatMap(({ command }) => command.options)]))];

/** None of them leads out of the folder: `login --config PATH` writes to PATH. */
const hostile = [
  "",
  " ",
  "-",
  "--",
  "-1",
  "0",
  "NaN",
  "Infinity",
  "99999999999999999999",
  "null",
  "[]",
  '{"__proto__": {"x": 1}}',
  "__proto__=1",
  "constructor=x",
  "toString:x",
  "a=b",
  "a:b",
  "a:\r\nb: c",
  "=",
  ":",
  ".",
  "..",
  "@",
  "@-",
  "@folder",
  "@body.json",
  "@bytes",
  "body.json",
  "bytes",
  "folder",
  "missing",
  "$(id)",
  "`id`",
  "%00%ff%2e%2e",
  "%s%n%d",
  "\u0000",
  "\u001b[2J",
  "\ud800",
  "\u202e",
  "😀".repeat(50),
  "x".repeat(5_000),
  "http://localhost:4000",
  "https://gateway.example",
  "ftp://x",
  "/api/x",
  "GET",
  "2h",
  "2026-11-24T08:00:00Z",
];
const word = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...hostile) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }).map((text) => text.replace(/[/\\]/g, "-")) },
);
/** Words behind a command: mostly options of its own, with values that are wrong in some way. */
function pieces(leaf: string): fc.Arbitrary<string[]> {
  const own = namesOf(commands.find(({ name }) => name === leaf)?.command.options ?? []);
  const name = fc.constantFrom(...own, ...own, ...own, ...anyName);
  const piece = fc.oneof(
    { weight: 3, arbitrary: fc.tuple(name, word) },
    { weight: 3, arbitrary: fc.tuple(name, word).map(([option, value]) => [`${option}=${value}`]) },
    { weight: 1, arbitrary: fc.tuple(fc.oneof(name, word)) },
    { weight: 1, arbitrary: fc.constant(["--json"]) },
  );
  return fc.array(piece, { maxLength: 4 }).map((all) => all.flat());
}
const words = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.constantFrom(...lines).chain((line) => pieces(line.leaf).map((rest) => [...wordsOf(line), ...rest])),
  },
  { weight: 1, arbitrary: fc.tuple(word, pieces("")).map(([first, rest]) => [first, ...rest]) },
);

const answers: readonly (Served | "good")[] = [
  "good",
  "good",
  json(200, {}),
  json(200, { items: [{}] }),
  json(422, { detail: "Wrong.", errors: [{ pointer: "/body/name", detail: "is wrong" }] }),
  json(429, { detail: "No budget." }),
  page(502),
  { status: 302, body: "", headers: { location: "/login" } },
  { status: 200, body: "{" },
];

/** A watch of the budget would go on for as long as it is answered. */
const maxRequests = 12;

describe("any words at all", () => {
  beforeAll(() => void vi.spyOn(console, "log").mockImplementation(() => {}));
  afterAll(() => void vi.restoreAllMocks());

  test("end as documented, with no crash, no stack and no secret", async () => {
    await fc.assert(
      fc.asyncProperty(words, fc.constantFrom(...answers), fc.boolean(), async (given, served, isTerminal) => {
        // Anew each time: login writes to it.
        writeFileSync(config, JSON.stringify({ key: secrets.fileKey, adminKey: secrets.adminKey }), { mode: 0o600 });
        let requests = 0;
        const answer: typeof fetch = async (url, init = {}) => {
          requests += 1;
          if (requests > maxRequests) return responseOf(page(500));
          return responseOf(
            served === "good" ? goodAnswer(init.method ?? "GET", new URL(String(url)).pathname) : served,
          );
        };
        const result = await runCli(given, {
          env,
          home,
          isTerminal,
          fetch: answer,
          askSecret: async () => "typed-key",
        });
        const at = given.indexOf("--");
        const isJson = given.slice(0, at === -1 ? given.length : at).includes("--json");
        expectTidy(result, JSON.stringify(given), isJson);
        expect(result.out).not.toContain("typed-key");
      }),
      { numRuns: 2_000 },
    );
  }, 120_000);
});
