import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { functionDefinitions } from "../../../functions/platform/names.ts";
import { bundleFunction, projectRoot } from "../../../infra/bundling/bundle.ts";
import { knownErrors, replacedFiles } from "../../../infra/bundling/left-out.ts";
import { bundledPackages, LicenceError, noticesText } from "../../../infra/bundling/notices.ts";
import { gatewayEnvironment } from "../../support/gateway-environment.ts";
import { exchanges } from "../../support/sdk-probe.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const folder = temporaryFolder("bundle-");
const environment = {
  AWS_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "x",
  AWS_SECRET_ACCESS_KEY: "x",
  ...gatewayEnvironment,
};

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

test("a bundle carries the notices of every package in it, each text once", async () => {
  const { metafile } = await bundleFunction(functionDefinitions.budget.entry, folder);
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

test("a bundle loads of Node's modules no more than it asks for", async () => {
  const place = join(folder, "proxy");
  await bundleFunction(functionDefinitions.proxy.entry, place);
  const load = `await import(${JSON.stringify(join(place, "index.mjs"))}); console.log(process.moduleLoadList.join("\\n"));`;
  const loaded = execFileSync(process.execPath, ["--input-type=module", "--eval", load], {
    env: environment,
    encoding: "utf8",
  });
  expect(loaded).toContain("NativeModule https");
  for (const name of ["internal/deps/undici/undici", "internal/repl/history", "internal/util/diff", "worker_threads"]) {
    expect(loaded.split("\n"), name).not.toContain(`NativeModule ${name}`);
  }
});

test("every stand-in for a file of the SDK is in the bundles, so that none is forgotten when the SDK moves its files", async () => {
  const { metafile } = await bundleFunction(functionDefinitions.proxy.entry, join(folder, "stand-ins"));
  const inputs = Object.keys(metafile.inputs);
  for (const [end, standIn] of replacedFiles) {
    const replaced = inputs.filter((input) => input.endsWith(end));
    expect(replaced, end).not.toEqual([]);
    for (const input of replaced) {
      const imported = metafile.inputs[input]?.imports.map(({ path }) => path);
      expect(imported, input).toContain(`infra/bundling/stand-ins/${standIn}.ts`);
    }
  }
  expect(inputs).toContain("infra/bundling/stand-ins/credentials.ts");
  expect(inputs).toContain("infra/bundling/stand-ins/endpoint-discovery.ts");
});

test("errors that our code tells apart keep their class in a bundle; others keep their name, and are tried again alike", async () => {
  const place = join(folder, "probe");
  await bundleFunction("test/support/sdk-probe.ts", place);
  const { answerOf } = (await import(join(place, "index.mjs"))) as typeof import("../../support/sdk-probe.ts");
  for (const service of ["dynamodb", "secretsmanager"] as const) {
    expect(await answerOf(service, 400, "ResourceNotFoundException")).toMatchObject({
      name: "ResourceNotFoundException",
      message: "as said",
      isKnown: service === "secretsmanager",
      attempts: 1,
    });
    expect(await answerOf(service, 400, "ThrottlingException")).toMatchObject({
      name: "ThrottlingException",
      message: "as said",
      isKnown: false,
      status: 400,
      attempts: 3,
    });
    expect(await answerOf(service, 500, "InternalServerError")).toMatchObject({ status: 500, attempts: 3 });
  }
  expect(await answerOf("dynamodb", 400, "ProvisionedThroughputExceededException")).toMatchObject({ attempts: 3 });
  expect(await answerOf("dynamodb", 400, "ConditionalCheckFailedException")).toMatchObject({
    isKnown: true,
    attempts: 1,
  });
  for (const error of ["InvalidRequestException", "ResourceExistsException"]) {
    expect(await answerOf("secretsmanager", 400, error)).toMatchObject({ isKnown: true, attempts: 1 });
  }
});

test.each(["eu-west-1", "cn-north-1"])(
  "a bundle sends what the SDK as it comes sends, and reads what it reads, in %s",
  async (region) => {
    vi.useFakeTimers({ toFake: ["Date"], now: 1_800_000_000_000 });
    for (const [name, value] of Object.entries({ ...environment, AWS_SESSION_TOKEN: "token" })) vi.stubEnv(name, value);
    const place = join(folder, `probe-${region}`);
    await bundleFunction("test/support/sdk-probe.ts", place);
    const bundled = (await import(join(place, "index.mjs"))) as typeof import("../../support/sdk-probe.ts");
    const seen = await bundled.exchanges(region);
    expect(seen).toHaveLength(8);
    expect(JSON.parse(JSON.stringify(seen))).toEqual(JSON.parse(JSON.stringify(await exchanges(region))));
    expect(
      seen.find(({ request }) => request.headers["x-amz-target"]?.endsWith("GetSecretValue"))?.answer,
    ).toMatchObject({
      CreatedDate: new Date(1_700_000_000_123),
    });
  },
);

test("every error of AWS that our code tells apart by its class is one that the bundles keep", () => {
  const sources = readdirSync(join(projectRoot, "functions"), { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  const told = sources.flatMap((file) => {
    const text = readFileSync(join(projectRoot, "functions", file), "utf8");
    return [...text.matchAll(/instanceof (\w+Exception)\b/g)].map(([, name]) => name);
  });
  expect([...new Set(told)].toSorted()).toEqual(knownErrors.toSorted());
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
