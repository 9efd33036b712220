import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";

// What `cdk diff` compares: a tree that did not change must give the same template from any folder of any machine.
const root = join(import.meta.dirname, "../..");
const home = temporaryFolder("reproducible-");
const copies = [join(home, "one"), join(home, "a", "deeper", "folder", "two")];

beforeAll(() => {
  for (const copy of copies) {
    mkdirSync(copy, { recursive: true });
    for (const part of ["functions", "infra", "package.json", "tsconfig.json"]) {
      cpSync(join(root, part), join(copy, part), { recursive: true });
    }
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
    execFileSync(process.execPath, ["infra/app.ts"], {
      cwd: copy,
      env: { PATH: process.env.PATH, HOME: copy, CDK_OUTDIR: join(copy, "cdk.out") },
      stdio: "ignore",
    });
  }
}, 240_000);

/** Every file of the synthesised app that is deployed, by its path. */
function deployed(copy: string): Map<string, string> {
  const out = join(copy, "cdk.out");
  const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((file) => join(file.parentPath, file.name).slice(out.length + 1));
  const relevant = paths.filter((path) => path.startsWith("asset.") || path.endsWith(".template.json"));
  return new Map(relevant.map((path) => [path, readFileSync(join(out, path), "utf8")]));
}

test("from two folders come the same template and the same bundles, byte for byte", () => {
  const [one, two] = copies.map(deployed);
  expect([...(one?.keys() ?? [])].filter((path) => path.endsWith("/index.mjs")).length).toBeGreaterThan(4);
  expect(two).toEqual(one);
});

test("no path of this machine is in a template, a bundle or a source map", () => {
  for (const copy of copies) {
    for (const [path, text] of deployed(copy)) {
      for (const place of copies.concat(root)) expect(text.includes(place), `${place} in ${path}`).toBe(false);
      if (!path.endsWith(".map")) continue;
      const { sources } = JSON.parse(text) as { sources: string[] };
      for (const source of sources) expect(source).not.toMatch(/^(\/|\.\.)/);
    }
  }
});
