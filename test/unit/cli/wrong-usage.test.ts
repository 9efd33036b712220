import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type CliResult, runCli } from "../../support/cli.ts";
import { globalOptions, type Leaf, type Line, leaves, lines, wordsOf } from "../../support/cli-commands.ts";
import { expectTidy, secrets } from "../../support/cli-tidy.ts";
import { writeWrongFiles, wrongValues, wrongValuesOf } from "../../support/cli-wrong-values.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const home = temporaryFolder("cli-usage-");
writeWrongFiles(home);

const requests: string[] = [];
const noGateway: typeof fetch = async (url) => {
  requests.push(String(url));
  return new Response("{}");
};

const env = { UPWORK_GATEWAY_KEY: secrets.environmentKey, UPWORK_GATEWAY_ADMIN_KEY: secrets.adminKey };

/** Runs a line for people and for machines: both times it is wrong usage that says `named`, and nothing was sent. */
async function expectWrongUsage(words: readonly string[], ...named: string[]): Promise<void> {
  for (const flags of [[], ["--json"]]) {
    const what = JSON.stringify([...flags, ...words]);
    requests.length = 0;
    const result = await runCli([...flags, ...words], { env, home, fetch: noGateway });
    expectTidy(result, what, flags.length > 0);
    expect({ code: result.code, out: result.out, requests }, what).toEqual({ code: 2, out: "", requests: [] });
    const said = flags.length > 0 ? detailOf(result) : result.err;
    for (const name of named) expect(said, what).toContain(name);
  }
}

function detailOf({ err }: CliResult): string {
  return String((JSON.parse(err) as { detail: unknown }).detail);
}

const linesOf = (leaf: string): Line[] => lines.filter((line) => line.leaf === leaf);
const all: Leaf[] = leaves();

describe("wrong usage of the command line", () => {
  test("every command has lines that are tried, and every line a command", () => {
    expect([...new Set(lines.map(({ leaf }) => leaf))].toSorted()).toEqual(all.map(({ name }) => name).toSorted());
  });

  // Completion is not ours: its library takes whatever it is given.
  const own = all.filter(({ name }) => name !== "complete");

  test.each(own)("$name refuses what it does not know, lacks or has too much of", async ({ name, command }) => {
    const [line] = linesOf(name);
    if (line === undefined) throw new Error(`There is no line of ${name}.`);
    const words = wordsOf(line);
    await expectWrongUsage([...words, "--no-such-option"], "unknown option '--no-such-option'");
    await expectWrongUsage([...words, `--adminkey=${secrets.key}`], "unknown option '--adminkey=...'");
    await expectWrongUsage([...words, "--json=yes"], "--json");
    const required = command.registeredArguments.filter((argument) => argument.required);
    for (const [index, argument] of required.entries()) {
      const before = line.args.slice(0, index);
      const options = line.args.slice(required.length);
      await expectWrongUsage(
        [...name.split(" "), ...before, ...options],
        `missing required argument '${argument.name()}'`,
      );
      const after = line.args.slice(index + 1);
      await expectWrongUsage([...name.split(" "), ...before, "", ...after], argument.name());
    }
    const places = command.registeredArguments.length;
    const tooMany = [...name.split(" "), ...Array(places + 1).fill("x"), ...line.args.slice(required.length)];
    await expectWrongUsage(tooMany, "too many arguments");
    for (const option of command.options.filter(({ mandatory }) => mandatory)) {
      const at = words.indexOf(option.long ?? "");
      await expectWrongUsage(words.toSpliced(at, 2), `required option '${option.flags}' not specified`);
    }
    for (const option of command.options.filter(({ required }) => required)) {
      await expectWrongUsage([...words, option.long ?? ""], `option '${option.flags}' argument missing`);
    }
  });

  test.each(own)("$name refuses values that are wrong, and names the option", async ({ name, command }) => {
    const [line] = linesOf(name);
    if (line === undefined) throw new Error(`There is no line of ${name}.`);
    for (const option of command.options) {
      for (const value of wrongValuesOf(name, option)) {
        await expectWrongUsage([...wordsOf(line), `${option.long}=${value}`], option.long ?? "");
      }
    }
  });

  test.each(own)("$name refuses an address and a config file that cannot be, and names them", async ({ name }) => {
    const [line] = linesOf(name);
    if (line === undefined) throw new Error(`There is no line of ${name}.`);
    const anyway = globalOptions().filter(({ long }) => long === "--url" || long === "--config" || long === "--stage");
    for (const option of anyway) {
      for (const value of wrongValuesOf("global", option)) {
        const isToBeMade = name === "login" && value === "missing.json";
        if (isToBeMade) continue;
        const named = option.long === "--config" && value !== "" ? value.replace(/\..*/, "") : (option.long ?? "");
        await expectWrongUsage([...wordsOf(line), `${option.long}=${value}`], named);
      }
    }
  });

  test.each(lines.filter(({ asks }) => asks === "client" || asks === "admin"))(
    "$leaf $args says which key cannot be one, and never shows it",
    async (line) => {
      const option = line.asks === "client" ? "--key" : "--admin-key";
      for (const value of wrongValues.key ?? [])
        await expectWrongUsage([...wordsOf(line), `${option}=${value}`], option);
    },
  );

  test.each([
    ["an argument that would lead elsewhere", ["clients", "revoke", "crm", ".."], '".." is no id'],
    ["an id that is a dot", ["webhooks", "replay", "whk_1", "."], '"." is no id'],
    ["half a character", ["clients", "show", "\ud800"], "is no id"],
    ["a method that is none", ["call", "GE T", "/api/x"], "A method is one of GET"],
    ["a method that fetch refuses", ["call", "trace", "/api/x"], "A method is one of GET"],
    ["a body where none can be", ["call", "GET", "/api/x", "-f", "a=1"], "GET carries no body"],
    ["a fragment, which is never sent", ["call", "GET", "/api/x#y"], 'cannot hold "#"'],
    ["a path that leads elsewhere", ["call", "GET", "/api/x/../../admin/clients"], 'cannot hold "/../"'],
    ["the same, encoded", ["call", "GET", "/api/%2E%2e/admin"], "cannot hold"],
    ["a backslash", ["call", "GET", "/api\\x"], "cannot hold"],
    ["a line break in a path", ["call", "GET", "/api/\nx"], "cannot hold"],
    ["both a document and a file", ["graphql", "{ a }", "--file", "text"], "Give a document, or a file"],
    ["two schedules", ["watches", "try", "x", "--every", "5", "--cron", "* * * * *"], "--every or --cron"],
    ["a time zone of nothing", ["watches", "try", "x", "--every", "5", "--time-zone", "Asia/Tokyo"], "--time-zone"],
    [
      "a hook of two actions",
      ["hooks", "create", "x", "--client", "c", "--watch", "w", "--call", "GET", "/x"],
      "--watch ID",
    ],
    ["a hook of none", ["hooks", "create", "x", "--client", "c"], "--watch ID"],
    [
      "parameters of no call",
      ["hooks", "create", "x", "--client", "c", "--watch", "w", "-q", "a=b"],
      "are of a --call",
    ],
    ["a call of too many words", ["hooks", "create", "x", "--client", "c", "--call", "GET", "/x", "y"], "--call GET"],
    ["a temporary cap without end", ["clients", "set", "x", "--temporary-cap", "5"], "--until"],
    ["an end without a temporary cap", ["clients", "set", "x", "--until", "2026-12-01T00:00:00Z"], "--temporary-cap"],
    ["reading only, and everything", ["clients", "set", "x", "--read-only", "--full"], "cannot be used with"],
    ["observing and enforcing", ["clients", "set", "x", "--observe", "--enforce"], "cannot be used with"],
    ["no change at all", ["clients", "set", "x"], "Say what to change"],
    ["no change of a webhook", ["webhooks", "set", "x"], "Say what to change"],
    ["a command that is none", ["bogus"], "unknown command 'bogus'"],
    ["a group's command that is none", ["clients", "bogus"], "unknown command 'bogus'"],
    ["a group alone", ["clients"], ""],
    ["a shell without completion", ["complete", "tcsh"], "tcsh"],
  ])("%s is wrong usage", async (_what, words, message) => {
    await expectWrongUsage(words, message);
  });

  test("an environment that is empty counts as none, and one that is wrong is named", async () => {
    const empty = {
      UPWORK_GATEWAY_URL: "",
      UPWORK_GATEWAY_KEY: "",
      UPWORK_GATEWAY_CONFIG: "",
      UPWORK_GATEWAY_STAGE: "",
    };
    const at = (changes: Record<string, string>) =>
      runCli(["budget"], { env: { ...empty, ...changes }, home, fetch: noGateway });
    expect((await at({})).err).toContain("No client key.");
    for (const [variable, value] of [
      ["UPWORK_GATEWAY_URL", `https://user:${secrets.environmentKey}@x.example`],
      ["UPWORK_GATEWAY_KEY", `${secrets.environmentKey}\nx: y`],
      ["UPWORK_GATEWAY_STAGE", "No Stage"],
      ["UPWORK_GATEWAY_CONFIG", "missing.json"],
    ] as const) {
      const result = await at({ [variable]: value });
      expectTidy(result, variable, false);
      expect(result.code, variable).toBe(2);
      expect(result.err).toContain(variable === "UPWORK_GATEWAY_CONFIG" ? "missing.json" : variable);
    }
  });

  test("a key in the config file that cannot be one is named by its place, and never shown", async () => {
    const path = join(home, "bad-key.json");
    writeFileSync(path, JSON.stringify({ key: `${secrets.fileKey}\n` }), { mode: 0o600 });
    const result = await runCli(["--config", path, "budget"], { home, fetch: noGateway });
    expectTidy(result, "bad-key.json", false);
    expect(result.err).toContain(`"key" in ${path}`);
  });

  test("the demo client's key that is no file is named", async () => {
    mkdirSync(join(home, ".local", "client-key-test"), { recursive: true });
    const result = await runCli(["budget"], { home, fetch: noGateway });
    expect(result).toMatchObject({ code: 2, out: "" });
    expect(result.err).toContain("client-key-test cannot be read (EISDIR)");
  });
});
