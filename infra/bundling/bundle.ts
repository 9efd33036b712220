import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { build, type Metafile } from "esbuild";
import { beginsWith } from "./begins-with.ts";
import { leanSdk } from "./lean-sdk.ts";
import { replacedPackages } from "./left-out.ts";
import { nodeBuiltins } from "./node-builtins.ts";
import { bundledPackages, noticesText } from "./notices.ts";

export const projectRoot = resolve(import.meta.dirname, "../..");
const noticesFile = "THIRD_PARTY_NOTICES.txt";
const outdir = "bundle";

/** `startBytes` of code are loaded when the function starts, `assetBytes` are all that it may ever load. */
export type Bundle = { metafile: Metafile; startBytes: number; assetBytes: number };

/**
 * Bundles one handler module into `folder`: `index.mjs`, the parts that it loads when it starts or only when they are
 * called for, their source maps, and the notices of what is in them.
 *
 * The same sources give the same bytes wherever the project lies, so that an unchanged tree deploys nothing: no
 * absolute path stays in the output, and neither does a relative one that depends on the folder.
 *
 * @param entry path of the module from the root of the project
 * @throws LicenceError for a package under a licence that we do not ship
 */
export async function bundleFunction(entry: string, folder: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: projectRoot,
    entryPoints: [{ in: entry, out: "index" }],
    // Nothing is written there; it is where paths in source maps start from.
    outdir: join(projectRoot, outdir),
    write: false,
    outExtension: { ".js": ".mjs" },
    chunkNames: "part-[hash]",
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node24",
    minify: true,
    metafile: true,
    logLevel: "error",
    sourcemap: true,
    sourcesContent: false,
    legalComments: "none", // The notices have them, in full.
    mainFields: ["module", "main"],
    alias: replacedPackages,
    plugins: [beginsWith("./infra/bundling/map-stack-traces.ts", entry), leanSdk, nodeBuiltins],
  });
  const parts = partsOf(metafile);
  const names = new Map(parts.map(({ path }, index) => [basename(path, ".mjs"), stableName(path, index)]));
  const rename = (text: string) => text.replace(/\bpart-[0-9A-Z]{8}\b/g, (name) => names.get(name) ?? name);
  mkdirSync(folder, { recursive: true });
  for (const { path, text } of outputFiles) {
    const name = basename(path).split(".")[0] ?? "";
    const place = join(folder, rename(basename(path)));
    if (!names.has(name)) continue; // esbuild makes a part of every dynamic import, called or not.
    writeFileSync(place, path.endsWith(".map") ? inProject(rename(text), dirname(path)) : rename(text));
  }
  const shipped = { ...metafile, outputs: Object.fromEntries(parts.map(({ path, output }) => [path, output])) };
  writeFileSync(join(folder, noticesFile), noticesText(bundledPackages(shipped, projectRoot)));
  const bytesOf = (some: readonly Part[]) => some.reduce((sum, { output }) => sum + output.bytes, 0);
  return { metafile: shipped, startBytes: bytesOf(parts.filter(({ isLazy }) => !isLazy)), assetBytes: bytesOf(parts) };
}

type Part = { path: string; output: Metafile["outputs"][string]; isLazy: boolean };

/** The parts that the entry leads to: first what it imports, then what only a call may load. */
function partsOf({ outputs }: Metafile): Part[] {
  const entry = Object.keys(outputs).find((path) => path === `${outdir}/index.mjs`) ?? "";
  const parts = new Map<string, Part>();
  const add = (path: string, isLazy: boolean) => {
    const output = outputs[path];
    if (output === undefined || parts.has(path)) return;
    parts.set(path, { path, output, isLazy });
    for (const { path: next, kind } of output.imports) if (kind === "import-statement") add(next, isLazy);
  };
  add(entry, false);
  // A map's values include those that are added on the way.
  for (const { output } of parts.values()) for (const { path } of output.imports) add(path, true);
  return [...parts.values()];
}

/** esbuild's hashes depend on the folder. Names are as long as with them, so that columns in source maps stay right. */
function stableName(path: string, index: number): string {
  return basename(path) === "index.mjs" ? "index" : `part-${String(index).padStart(8, "0")}`;
}

/** A source map whose sources are paths from the root of the project. */
function inProject(text: string, folder: string): string {
  const map = JSON.parse(text) as { sources: string[] };
  return JSON.stringify({ ...map, sources: map.sources.map((source) => pathInProject(resolve(folder, source))) });
}

/** The path from the root of the project; packages count as in it, wherever a link leads. */
function pathInProject(file: string): string {
  const packages = file.indexOf(`${sep}node_modules${sep}`);
  return packages >= 0 ? file.slice(packages + 1) : relative(projectRoot, file);
}
