import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { endpointsMarkdown } from "../../../docs/render/sandbox-endpoints-markdown.ts";
import { endpoints } from "../../../sandbox/endpoints/table.ts";
import { permissions } from "../../../sandbox/permissions.ts";
import { defaultSwitches } from "../../../sandbox/switches.ts";

const read = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8");

test("docs/sandbox-endpoints.md is what npm run docs:sandbox makes of the table", () => {
  expect(read("sandbox-endpoints.md")).toBe(endpointsMarkdown(endpoints, permissions));
});

test("docs/sandbox.md lists every switch with what it usually is, and names no other", () => {
  const [, section = ""] = read("sandbox.md").split("## Switches");
  const rows = [...section.matchAll(/^\| `(\w+)`\s+\| (\S+)\s+\|/gm)].map(([, name, usually]) => [name, usually]);
  expect(Object.fromEntries(rows)).toEqual(
    Object.fromEntries(Object.entries(defaultSwitches).map(([name, value]) => [name, String(value)])),
  );
});

test("docs/sandbox.md marks every behaviour as documented, from a client, reported or guessed, and names switches there are", () => {
  const [text = ""] = read("sandbox.md").split("## Limits");
  const rows = text.split("\n").filter((line) => /^\| (?!-|behaviour|mark|\*\*|key|`demo)/.test(line));
  expect(rows.length).toBeGreaterThan(60);
  for (const row of rows) {
    const [, behaviour, known = "", switches = ""] = row.split(/(?<!\\)\|/);
    expect(known, behaviour).toMatch(/document|client|report|guess|the sandbox's own/);
    for (const [, name] of switches.matchAll(/`(\w+)`/g)) expect(Object.keys(defaultSwitches)).toContain(name);
  }
});
