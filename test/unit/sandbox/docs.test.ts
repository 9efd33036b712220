import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { kindNames } from "../../../sandbox/faults/kinds.ts";
import { usage } from "../../../sandbox/faults/rules.ts";
import { limitPresets, windows } from "../../../sandbox/limits/limits.ts";
import { defaultSwitches } from "../../../sandbox/switches.ts";

const text = readFileSync(new URL("../../../docs/sandbox.md", import.meta.url), "utf8");
/** The first two cells of each row of a section's tables. */
function rows(heading: string): string[][] {
  const section = text.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/^\| `([^`]+)`\s*\|\s*([^|]*?)\s*\|/gm)].map(([, name = "", second = ""]) => [
    name,
    second,
  ]);
}

test("docs/sandbox.md lists every switch with what it usually is, and no other", () => {
  expect(Object.fromEntries(rows("Switches"))).toEqual(
    Object.fromEntries(Object.entries(defaultSwitches).map(([name, value]) => [name, String(value)])),
  );
});

test("docs/sandbox.md lists every fault, and no other", () => {
  expect(rows("Faults").map(([name]) => name)).toEqual(kindNames.map(usage));
});

test("docs/sandbox.md has the limits that the presets have", () => {
  const section = text.split("\n## Limits\n")[1]?.split("\n## ")[0] ?? "";
  for (const [name, { scope }] of Object.entries(windows)) {
    const quota = (quotas: Partial<Record<string, number>>) => quotas[name]?.toLocaleString("en-US") ?? "";
    const cells = [
      `\`${name}\``,
      scope === "ip" ? "address" : "key",
      quota(limitPresets.today.quotas),
      quota(limitPresets.legacy.quotas),
    ];
    const row = section.split("\n").find((line) => line.startsWith(`| \`${name}\``)) ?? "";
    expect(
      row
        .split("|")
        .slice(1, 5)
        .map((cell) => cell.trim()),
    ).toEqual(cells);
  }
});
