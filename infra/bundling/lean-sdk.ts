import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "esbuild";

// Where stand-ins are found from. No path of the machine may get into a source: esbuild chooses short names by the letters in it.
const resolveDir = join(import.meta.dirname, "stand-ins");

/** Packages that Lambda has no use for, and what stands in their place. */
export const replacedPackages = {
  // Lambda gives credentials in its environment; looking for profiles, SSO and the like is a third of the SDK.
  "@aws-sdk/credential-provider-node": "./infra/bundling/stand-ins/credentials.ts",
  // DynamoDB is always at its region's address.
  "@aws-sdk/middleware-endpoint-discovery": "./infra/bundling/stand-ins/endpoint-discovery.ts",
  "@smithy/core/event-streams": "./infra/bundling/stand-ins/event-streams.ts",
};

/** Files of the SDK by the end of their path, and the stand-in that has the same exports. */
export const replacedFiles: readonly (readonly [end: string, standIn: string])[] = [
  ["util-endpoints/lib/aws/partitions.js", "endpoints"],
  ["signature-v4/dist-es/HeaderFormatter.js", "event-streams"],
  ["shared-ini-file-loader/loadSharedConfigFiles.js", "configuration"],
  ["regionConfig/getInstanceMetadataRegion.js", "configuration"],
  ["dist-es/runtimeExtensions.js", "configuration"],
  ["util-retry/AdaptiveRetryStrategy.js", "configuration"],
  ["util-body-length/calculateBodyLength.js", "requests"],
  ["sha256/Sha256Js.js", "requests"],
  ["serde/uuid/v4.js", "requests"],
];

const endpointNames: Record<string, string> = {
  dynamodb: "dynamodb",
  "secrets-manager": "secretsmanager",
  eventbridge: "events",
};

/** The errors of AWS that our code tells apart by their class. All others come as the service's base class, by name. */
export const knownErrors = [
  "ConditionalCheckFailedException",
  "InvalidRequestException",
  "ResourceExistsException",
  "ResourceNotFoundException",
];

/**
 * Leaves out of a bundle what no function calls of the AWS SDK: rules for endpoints, the shapes of errors that nobody
 * tells apart, files of configuration, and a few smaller things. A cold start loads a seventh less code.
 */
export const leanSdk: Plugin = {
  name: "lean-sdk",
  setup(build) {
    for (const [end, standIn] of replacedFiles) {
      build.onLoad({ filter: endOf(end) }, () => ({ contents: `export * from "./${standIn}.ts";`, resolveDir }));
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

/** The shapes of a client without those of errors that we know by name only: their definitions and registrations. */
function withoutUnknownErrors(schemas: string): string {
  const isKnown = (name: string) => knownErrors.includes(name);
  return schemas
    .replace(/^export var (\w+)\$ = \[-3, n0,[\s\S]*?^\];\n/gm, (text, name: string) => (isKnown(name) ? text : ""))
    .replace(/^n0_registry\.registerError\((\w+)\$,.*\n/gm, (text, name: string) => (isKnown(name) ? text : ""));
}

const clientIn = (path: string) => /client-([a-z-]+)[\\/]dist-es/.exec(path)?.[1] ?? "";

const endOf = (end: string) => new RegExp(`[\\\\/]${end.replaceAll(".", "\\.").replaceAll("/", "[\\\\/]")}$`);
