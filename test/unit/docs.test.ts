import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { problemKinds } from "../../functions/platform/problem.ts";
import { runCli } from "../support/cli.ts";

const root = join(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");

test("docs/errors.md lists every problem with its status, and no other", () => {
  const rows = [...read("docs/errors.md").matchAll(/<a id="([a-z-]+)"><\/a>`\1`\s+\| (\d+)\s+\|/g)];
  const listed = Object.fromEntries(rows.map(([, kind = "", status]) => [kind, Number(status)]));
  expect(listed).toEqual(Object.fromEntries(Object.entries(problemKinds).map(([kind, { status }]) => [kind, status])));
});

test("docs/dependencies.md names every package that runs in Lambda", () => {
  const { dependencies } = JSON.parse(read("package.json")) as { dependencies: Record<string, string> };
  const text = read("docs/dependencies.md");
  for (const name of Object.keys(dependencies)) {
    expect(text, name).toContain(name.startsWith("@aws-lambda-powertools/metrics") ? ".../metrics" : `\`${name}\``);
  }
});

const documents = [
  "README.md",
  "CHANGELOG.md",
  ...readdirSync(join(root, "docs"), { recursive: true }).map((name) => `docs/${name}`),
].filter((name) => name.endsWith(".md"));

test("every npm script that a document names exists", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  for (const document of documents) {
    for (const [, name = ""] of read(document).matchAll(/npm run ([a-z][\w:-]*)/g)) {
      expect(scripts, `${document}: npm run ${name}`).toHaveProperty([name]);
    }
  }
});

const commandLines = documents.flatMap((document) =>
  [
    ...read(document)
      .replace(/\\\n\s*/g, " ")
      .matchAll(/(?:npm run gateway -- |upwork-gateway )(?=[a-z])([^\n`|#>)]+)/g),
  ]
    .map(([, line = ""]) => line.trim())
    .filter((line) => line !== "upwork-sandbox")
    .map((line) => [document, line] as const),
);

test.each(commandLines)("%s: the command line has `%s`, with these options", async (_document, line) => {
  const words = line.split(/\s+/);
  const general = (await runCli(["--help"])).out;
  const { out } = await runCli([...words.filter((word) => !word.startsWith("-")), "--help"]);
  const [, usage = ""] = /^Usage: upwork-gateway ([^\n]*)/.exec(out) ?? [];
  // Where a command is not known, its group answers.
  if (!words.includes("--help")) expect(usage).not.toContain("[command]");
  const path = usage.split(/ [[<]/)[0] ?? "";
  expect(`${line} `.startsWith(`${path} `), usage).toBe(true);
  for (const [option] of line.matchAll(/(?<=\s)--?[a-z][\w-]*/g)) expect(out + general).toContain(option);
});

test("docs/cli.md lists every command, and no other", async () => {
  const section =
    read("docs/cli.md")
      .split("\n## ")
      .find((text) => text.startsWith("Commands")) ?? "";
  const rows = [...section.matchAll(/^\| `([a-z-]+)([^`]*)`/gm)].map(([, name = "", rest = ""]) => [name, rest]);
  const commands = async (...path: string[]) => {
    const [, list = ""] = (await runCli([...path, "--help"])).out.split("Commands:\n");
    const names = [...list.matchAll(/^ {2}([a-z][\w-]*)/gm)].map(([, name = ""]) => name);
    return names.filter((name) => name !== "help" && name !== "complete");
  };
  expect(rows.map(([name]) => name).toSorted()).toEqual((await commands()).toSorted());
  for (const [name = "", rest = ""] of rows) {
    const listed = /^ [a-z0-9|\\-]+$/.test(rest) ? rest.trim().split("\\|") : [];
    expect(listed.toSorted(), name).toEqual((await commands(name)).toSorted());
  }
});

/** What can be jumped to in a document: its headings as GitHub names them, and marks of its own. */
function anchorsOf(document: string): string[] {
  const text = read(document);
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
  return [...headings, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = ""]) => id)];
}

test("every link between documents leads somewhere", () => {
  for (const document of documents) {
    for (const [, link = "", anchor] of read(document).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)) {
      const target = link === "" ? document : join(dirname(document), link);
      expect(existsSync(join(root, target)), `${document} -> ${link}`).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(target), `${document} -> ${link}`).toContain(anchor);
    }
  }
});

test("the two commands stand at the top of the README", () => {
  const top = read("README.md").slice(0, 900);
  expect(top).toContain("npm ci && npm start");
  expect(top).toContain("npm ci && npm test");
});
