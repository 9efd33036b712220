import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type FunctionName, functionDefinitions, functionNames } from "../functions/platform/names.ts";
import { type Bundle, bundleFunction, projectRoot } from "../infra/bundling/bundle.ts";
import { gatewayEnvironment } from "../test/support/gateway-environment.ts";

// npm run bench:cold: the size of each function's bundle (`bundleKB` is what it loads when it starts, `assetKB` also what
// some calls load), and the time from the start of a process until the bundle is
// loaded and, where a function answers HTTP, until it has answered its first request (one that needs no store). Beside
// each stands a bundle that imports only the DynamoDB client, as the AWS SDK comes. Runs alternate, so that a busy moment
// of the machine hits all alike. The last line is JSON.
const rounds = Math.max(3, Number(process.env.BENCH_ROUNDS ?? 9));
const worker = fileURLToPath(new URL("support/cold-worker.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "bench-cold-"));

type Start = { wallMs: number; cpuMs: number };
type BundleSize = Pick<Bundle, "startBytes" | "assetBytes">;
type Subject = {
  name: FunctionName | "bare";
  file: string;
  size: BundleSize;
  starts: Start[];
  warm: Start[];
  cacheFolder: string;
};

async function subjectOf(name: Subject["name"]): Promise<Subject> {
  const place = join(folder, name);
  mkdirSync(place);
  const size = await (name === "bare" ? bundleBare(place) : bundleFunction(functionDefinitions[name].entry, place));
  const file = join(place, "index.mjs");
  return { name, file, size, starts: [], warm: [], cacheFolder: join(folder, `${name}-cache`) };
}

/** What the smallest function of somebody else's would import, bundled as usual. */
async function bundleBare(place: string): Promise<BundleSize> {
  const source = join(place, "bare.ts");
  writeFileSync(
    source,
    'import { DynamoDBClient } from "@aws-sdk/client-dynamodb"; const dynamo = new DynamoDBClient({}); export const handler = async () => ({ statusCode: dynamo ? 404 : 500 });',
  );
  await build({
    absWorkingDir: projectRoot,
    nodePaths: [join(projectRoot, "node_modules")],
    entryPoints: [source],
    outfile: join(place, "index.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    minify: true,
    mainFields: ["module", "main"],
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: "error",
  });
  const { size } = statSync(join(place, "index.mjs"));
  return { startBytes: size, assetBytes: size };
}

/** What it takes from the start of a process to its first answer, in time and in work of the processor. */
function startOnce(file: string, environment: Record<string, string>): Start {
  const { status, stdout, stderr } = spawnSync(process.execPath, [worker, file], {
    env: {
      PATH: process.env.PATH ?? "",
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "x",
      AWS_SECRET_ACCESS_KEY: "x",
      AWS_LAMBDA_FUNCTION_NAME: "bench",
      POWERTOOLS_LOG_LEVEL: "SILENT",
      ...gatewayEnvironment,
      GATEWAY_GRAPHQL_UPSTREAM: "https://api.upwork.com",
      // Stores are out of reach: a first answer that needs one would be measured with the wait for it.
      AWS_ENDPOINT_URL: "http://127.0.0.1:9",
      ...environment,
    },
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${file} did not start: ${stderr}`);
  return JSON.parse(stdout) as Start;
}

const median = (times: readonly number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;

try {
  const bare = await subjectOf("bare");
  const subjects = await Promise.all(functionNames.map(subjectOf));
  for (const { file, cacheFolder } of [bare, ...subjects]) startOnce(file, { NODE_COMPILE_CACHE: cacheFolder });
  for (let round = 0; round < rounds; round += 1) {
    for (const subject of [bare, ...subjects]) {
      subject.starts.push(startOnce(subject.file, {}));
      subject.warm.push(startOnce(subject.file, { NODE_COMPILE_CACHE: subject.cacheFolder }));
    }
  }
  const wall = (starts: readonly Start[]) => median(starts.map(({ wallMs }) => wallMs));
  const cpu = (starts: readonly Start[]) => median(starts.map(({ cpuMs }) => cpuMs));
  const ratio = (value: number, to: number) => Math.round((value / to) * 100) / 100;
  const results = Object.fromEntries(
    [bare, ...subjects].map(({ name, size, starts, warm }) => [
      name,
      {
        bundleKB: Math.round(size.startBytes / 1024),
        assetKB: Math.round(size.assetBytes / 1024),
        startMs: Math.round(wall(starts)),
        startRatio: ratio(wall(starts), wall(bare.starts)),
        cpuRatio: ratio(cpu(starts), cpu(bare.starts)),
        compiledRatio: ratio(wall(warm), wall(bare.starts)),
      },
    ]),
  );
  console.log(
    `Median of ${rounds} starts each; ratios are to the DynamoDB client alone; compiledRatio is with a warm compile cache.\n`,
  );
  console.table(results);
  console.log(JSON.stringify(results));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
