import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { problemKinds } from "../../functions/platform/problem.ts";

const root = new URL("../../", import.meta.url).pathname;
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

test("every link between documents leads somewhere", () => {
  const documents = [
    "README.md",
    "CHANGELOG.md",
    ...readdirSync(join(root, "docs"), { recursive: true }).map((name) => `docs/${name}`),
  ];
  for (const document of documents.filter((name) => name.endsWith(".md"))) {
    for (const [, link = ""] of read(document).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)) {
      expect(existsSync(join(root, dirname(document), link)), `${document} -> ${link}`).toBe(true);
    }
  }
});

test("the two commands stand at the top of the README", () => {
  const top = read("README.md").slice(0, 900);
  expect(top).toContain("npm ci && npm start");
  expect(top).toContain("npm ci && npm test");
});
