import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { expect, test } from "vitest";
import { inSources, stackInSources } from "../../../infra/bundling/stack-traces.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const folder = temporaryFolder("sources-");

test("a stack trace from a bundle names the source's file, line and column", () => {
  writeFileSync(join(folder, "thrower.ts"), "export function thrower(): never {\n\n  throw new Error('out');\n}\n");
  buildSync({
    absWorkingDir: folder,
    entryPoints: ["thrower.ts"],
    outfile: "bundle.mjs",
    minify: true,
    format: "esm",
    sourcemap: true,
    logLevel: "error",
  });
  // In a process of its own: the test runner rewrites stack traces itself.
  const run = `import(${JSON.stringify(join(folder, "bundle.mjs"))}).then((m) => m.thrower()).catch((e) => console.log(e.stack))`;
  const stack = execFileSync(process.execPath, ["--eval", run], { encoding: "utf8" });
  expect(stack).toContain("bundle.mjs:1:");
  expect(inSources(stack)).toContain("thrower.ts:3:9");
  expect(inSources(stack)).not.toContain("bundle.mjs");
});

test("a place without a map, or with one that cannot be read, stays as it is", () => {
  writeFileSync(join(folder, "broken.mjs.map"), "{");
  for (const file of [join(folder, "none.mjs"), join(folder, "broken.mjs")]) {
    const stack = `Error: x\n    at f (file://${file}:1:20)\n    at node:internal/modules/run_main:3:5`;
    expect(inSources(stack)).toBe(stack);
  }
});

test("an error's message stays as it is, whatever it holds, and an object without a prototype has a stack as well", () => {
  const message = `no ${join(folder, "bundle.mjs")}:1:60 ${"/".repeat(500_000)}`;
  expect(stackInSources(new RangeError(message), ["f (a.js:1:2)"])).toBe(`RangeError: ${message}\n    at f (a.js:1:2)`);
  expect(stackInSources(Object.create(null), ["f (a.js:1:2)"])).toBe("Error\n    at f (a.js:1:2)");
});
