import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Metafile } from "esbuild";

/** Licences that allow us to ship a package inside a bundle, given its notice. */
const allowedLicences = ["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "MPL-2.0"];

/** A package whose code is in a bundle. */
export type BundledPackage = { name: string; version: string; licence: string; bytes: number; texts: string[] };

/** A package came into a bundle whose licence nobody has allowed. */
export class LicenceError extends Error {
  override name = "LicenceError";
}

/**
 * The packages whose code is in a bundle, by name.
 *
 * @param root the folder that the metafile's paths start from
 * @throws LicenceError for a licence that is not on the list
 */
export function bundledPackages(metafile: Metafile, root: string): BundledPackage[] {
  const bytesByFolder = new Map<string, number>();
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
      if (folder !== undefined) bytesByFolder.set(folder, (bytesByFolder.get(folder) ?? 0) + bytesInOutput);
    }
  }
  const packages = [...bytesByFolder].map(([folder, bytes]) => ({ ...readPackage(resolve(root, folder)), bytes }));
  for (const { name, version, licence } of packages) {
    if (!allowedLicences.includes(licence)) {
      throw new LicenceError(
        `${name} ${version} is in a bundle under "${licence}"; replace it, or allow that licence in infra/bundling/notices.ts.`,
      );
    }
  }
  return packages.toSorted((a, b) => compare(a.name, b.name) || compare(a.version, b.version));
}

/** All packages with their licences, each text once: what their authors ask to be kept with copies of their code. */
export function noticesText(packages: readonly BundledPackage[]): string {
  const holders = new Map<string, string[]>();
  for (const { name, version, texts } of packages) {
    for (const text of texts) holders.set(text, [...(holders.get(text) ?? []), `${name} ${version}`]);
  }
  const list = packages.map(({ name, version, licence }) => `- ${name} ${version} (${licence})`);
  const texts = [...holders].map(([text, names]) => `${"-".repeat(80)}\n${names.join(", ")}\n\n${text}`);
  return ["This bundle contains code of:", "", ...list, "", ...texts, ""].join("\n");
}

function readPackage(folder: string): Omit<BundledPackage, "bytes"> {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    name: string;
    version: string;
    license?: unknown;
  };
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  return {
    name,
    version,
    licence: typeof license === "string" ? license : "no licence",
    texts: files.toSorted().map((file) => readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim()),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
