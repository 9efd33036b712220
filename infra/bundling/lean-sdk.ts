import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "esbuild";
import { knownErrors, replacedFiles, retriedErrors, uncalledMethods } from "./left-out.ts";

// Where stand-ins are found from. No path of the machine may get into a source: esbuild chooses short names by the letters in it.
const resolveDir = join(import.meta.dirname, "stand-ins");

const endpointNames: Record<string, string> = {
  dynamodb: "dynamodb",
  "secrets-manager": "secretsmanager",
  eventbridge: "events",
};

/**
 * Leaves out of a bundle what no function calls of the AWS SDK and of Powertools: rules for endpoints, the shapes of
 * errors that nobody tells apart, files of configuration, logs, and more that `left-out.ts` lists. A cold start loads a
 * fifth less code.
 */
export const leanSdk: Plugin = {
  name: "lean-sdk",
  setup(build) {
    for (const [end, standIn] of replacedFiles) {
      build.onLoad({ filter: endOf(end) }, () => ({ contents: `export * from "./${standIn}.ts";`, resolveDir }));
    }
    for (const [end, names] of uncalledMethods) {
      build.onLoad({ filter: endOf(end) }, ({ path }) => ({ contents: withoutMethods(path, names) }));
    }
    build.onLoad({ filter: /client-[a-z-]+[\\/]dist-es[\\/]endpoint[\\/]endpointResolver\.js$/ }, ({ path }) => {
      const service = endpointNames[clientIn(path)];
      if (service === undefined) throw new Error(`Say in ${import.meta.filename} at which address ${path} is.`);
      const contents = `import { endpointsOf } from "./endpoints.ts"; export const defaultEndpointResolver = endpointsOf("${service}");`;
      return { contents, resolveDir };
    });
    build.onLoad({ filter: /client-[a-z-]+[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/ }, ({ path }) => ({
      contents: withoutUnknownErrors(readFileSync(path, "utf8")),
    }));
    // The clients ask their package for its version alone.
    build.onLoad({ filter: /client-[a-z-]+[\\/]package\.json$/ }, ({ path }) => {
      const { version } = JSON.parse(readFileSync(path, "utf8")) as { version: string };
      return { contents: JSON.stringify({ version }), loader: "json" };
    });
  },
};

/**
 * The text of a module without some methods of its class.
 *
 * @throws Error for a method that is not there: an update of the package may have renamed it
 */
function withoutMethods(path: string, names: readonly string[]): string {
  return names.reduce(
    (text, name) => {
      const rest = text.replace(
        new RegExp(`^    (?:/\\*.*\\*/ )?(?:static )?(?:async )?${name}\\([^]*?^    }\\n`, "m"),
        "",
      );
      if (rest === text) throw new Error(`${path} has no method ${name} any more; see ${import.meta.filename}.`);
      return rest;
    },
    readFileSync(path, "utf8"),
  );
}

/** The shapes of a client without those of errors that we know by name only: their definitions and registrations. */
function withoutUnknownErrors(schemas: string): string {
  const isKnown = (name: string) => knownErrors.includes(name) || retriedErrors.includes(name);
  return schemas
    .replace(/^export var (\w+)\$ = \[-3, n0,[\s\S]*?^\];\n/gm, (text, name: string) => (isKnown(name) ? text : ""))
    .replace(/^n0_registry\.registerError\((\w+)\$,.*\n/gm, (text, name: string) => (isKnown(name) ? text : ""));
}

const clientIn = (path: string) => /client-([a-z-]+)[\\/]dist-es/.exec(path)?.[1] ?? "";

const endOf = (end: string) => new RegExp(`[\\\\/]${end.replaceAll(".", "\\.").replaceAll("/", "[\\\\/]")}$`);
