import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { functionDefinitions } from "../../../functions/platform/names.ts";
import { bundleFunction, projectRoot } from "../../../infra/bundling/bundle.ts";
import { bundledPackages, LicenceError, noticesText } from "../../../infra/bundling/notices.ts";

const folder = mkdtempSync(join(tmpdir(), "bundle-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a bundle carries the notices of every package in it, each text once", () => {
  const { metafile } = bundleFunction(functionDefinitions.budget.entry, folder);
  const packages = bundledPackages(metafile, projectRoot);
  const notices = readFileSync(join(folder, "THIRD_PARTY_NOTICES.txt"), "utf8");
  expect(notices).toBe(noticesText(packages));
  expect(packages.map(({ name }) => name)).toEqual(expect.arrayContaining(["@aws-sdk/client-dynamodb", "zod"]));
  for (const { name, version, licence } of packages) expect(notices).toContain(`- ${name} ${version} (${licence})`);
  const apache = packages.flatMap(({ texts }) => texts).find((text) => text.includes("Apache License")) ?? "";
  expect(notices.split(apache)).toHaveLength(2);
});

test("a bundle leaves out the SDK's search for credentials, of which Lambda needs nothing", () => {
  const code = readdirSync(folder)
    .filter((file) => file.endsWith(".mjs"))
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("\n");
  expect(code).not.toContain("sso_session");
  expect(code).toContain("AWS_SESSION_TOKEN");
});

test("a bundle imports no module of Node's whose exports load more than is asked for", () => {
  bundleFunction(functionDefinitions.proxy.entry, join(folder, "proxy"));
  for (const file of readdirSync(join(folder, "proxy")).filter((name) => name.endsWith(".mjs"))) {
    const code = readFileSync(join(folder, "proxy", file), "utf8");
    expect(code, file).not.toMatch(/\b(?:from|import)\s*\(?["'](?:node:)?(?:http|https|crypto|zlib)["']/);
  }
});

test("a package under a licence that nobody has allowed ends the bundling, and is named", () => {
  const metafile = {
    inputs: {},
    outputs: { x: { inputs: { "node_modules/typescript/package.json": { bytesInOutput: 1 } } } },
  };
  const allowed = bundledPackages(metafile as never, projectRoot);
  expect(allowed).toMatchObject([{ name: "typescript", licence: "Apache-2.0", bytes: 1 }]);
  const unlicensed = {
    ...metafile,
    outputs: { x: { inputs: { "node_modules/unlicensed/a.js": { bytesInOutput: 1 } } } },
  };
  const place = join(folder, "node_modules", "unlicensed");
  mkdirSync(place, { recursive: true });
  writeFileSync(
    join(place, "package.json"),
    JSON.stringify({ name: "unlicensed", version: "1.0.0", license: "SSPL-1.0" }),
  );
  expect(() => bundledPackages(unlicensed as never, folder)).toThrow(LicenceError);
});
