import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { functionDefinitions, functionNames } from "../../../functions/platform/names.ts";
import { bundleFunction } from "../../../infra/bundling/bundle.ts";

// What a function has to load before its first answer. A bundle that grows by more than a tenth has taken something in:
// look with `npm run bench:cold` whether it is worth that, and write the new size down.
const recorded = JSON.parse(readFileSync(new URL("../../data/bundle-sizes.json", import.meta.url), "utf8")) as Record<
  string,
  number
>;
const folder = mkdtempSync(join(tmpdir(), "bundle-sizes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("every function has a recorded size, and there is none for another", () => {
  expect(Object.keys(recorded)).toEqual([...functionNames]);
});

test.each(functionNames)("the bundle of %s has grown by no more than a tenth", (name) => {
  const place = join(folder, name);
  bundleFunction(functionDefinitions[name].entry, place);
  const sizeKB = statSync(join(place, "index.mjs")).size / 1024;
  expect(sizeKB).toBeLessThanOrEqual((recorded[name] ?? 0) * 1.1);
});
