import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { buildSync, type Metafile } from "esbuild";
import { bundledPackages, noticesText } from "./notices.ts";

export const projectRoot = resolve(import.meta.dirname, "../..");
const noticesFile = "THIRD_PARTY_NOTICES.txt";

/**
 * Bundles one handler module into `folder`: `index.mjs`, its source map, and the notices of what is in it.
 *
 * The same sources give the same bytes wherever the project lies, so that an unchanged tree deploys nothing: no
 * absolute path stays in the output, and neither does a relative one that depends on the folder.
 *
 * @param entry path of the module from the root of the project
 * @throws LicenceError for a package under a licence that we do not ship
 */
export function bundleFunction(entry: string, folder: string): Metafile {
  mkdirSync(folder, { recursive: true });
  const { metafile } = buildSync({
    absWorkingDir: projectRoot,
    entryPoints: [entry],
    outfile: join(folder, "index.mjs"),
    bundle: true,
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
    // Lambda gives credentials in its environment; looking for profiles, SSO and the like is a third of the SDK.
    alias: { "@aws-sdk/credential-provider-node": "./functions/platform/lambda-credentials.ts" },
    // CommonJS packages ask for Node's own modules with `require`.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  });
  const mapFile = join(folder, "index.mjs.map");
  const map = JSON.parse(readFileSync(mapFile, "utf8")) as { sources: string[] };
  map.sources = map.sources.map((source) => pathInProject(resolve(folder, source)));
  writeFileSync(mapFile, JSON.stringify(map));
  writeFileSync(join(folder, noticesFile), noticesText(bundledPackages(metafile, projectRoot)));
  return metafile;
}

/** The path from the root of the project; packages count as in it, wherever a link leads. */
function pathInProject(file: string): string {
  const packages = file.indexOf(`${sep}node_modules${sep}`);
  return packages >= 0 ? file.slice(packages + 1) : relative(projectRoot, file);
}
