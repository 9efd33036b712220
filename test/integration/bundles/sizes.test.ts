import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { functionDefinitions, functionNames } from "../../../functions/platform/names.ts";
import { bundleFunction } from "../../../infra/bundling/bundle.ts";
import { uncalledMethods } from "../../../infra/bundling/left-out.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

// What a function has to load when it starts, and all it may load. A bundle that grows by more than a tenth has taken something in:
// look with `npm run bench:cold` whether it is worth that, and write the new size down.
const recorded = JSON.parse(readFileSync(new URL("../../data/bundle-sizes.json", import.meta.url), "utf8")) as Record<
  string,
  { startKB: number; assetKB: number }
>;
const folder = temporaryFolder("bundle-sizes-");

test("every function has a recorded size, and there is none for another", () => {
  expect(Object.keys(recorded)).toEqual([...functionNames]);
});

/** Methods that are left out and yet called: in branches for what no client of ours has (see the tests of the stand-ins). */
const calledInVain = [
  "presign",
  "signEvent",
  "signMessage",
  "serializeEventStream",
  "deserializeEventStream",
  "setQueryCompatError",
  "queryCompatOutput",
  "findQueryCompatibleError",
];

test.each(functionNames)(
  "the bundle of %s has grown by no more than a tenth, and lacks nothing it calls",
  async (name) => {
    const { startBytes, assetBytes } = await bundleFunction(functionDefinitions[name].entry, join(folder, name));
    const { startKB = 0, assetKB = 0 } = recorded[name] ?? {};
    expect(startBytes / 1024, "loaded at the start").toBeLessThanOrEqual(startKB * 1.1);
    expect(assetBytes / 1024, "all parts").toBeLessThanOrEqual(assetKB * 1.1);
    const code = readdirSync(join(folder, name))
      .filter((file) => file.endsWith(".mjs"))
      .map((file) => readFileSync(join(folder, name, file), "utf8"))
      .join("\n");
    const called = uncalledMethods.flatMap(([, names]) =>
      names.filter((method) => new RegExp(`\\.${method}\\b`).test(code)),
    );
    expect(calledInVain).toEqual(expect.arrayContaining(called));
    expect(code, "a module that is not in the bundle").not.toContain("Dynamic require of");
  },
);
