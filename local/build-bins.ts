import { chmodSync, rmSync } from "node:fs";
import { build } from "esbuild";

/**
 * Makes the programs that npm installs. Node runs TypeScript as it is, but not below node_modules: what is published has
 * to be JavaScript. One file a program, and pieces that are loaded when they are needed, dependencies included.
 */
const bins = {
  "upwork-sandbox": "sandbox/cli.ts",
  "upwork-gateway": "cli/main.ts",
};

/** The oldest Node that has what the programs use. */
const oldestNode = 22;
// Every piece says so before anything in it can fail for another reason. What of the dependencies is CommonJS asks for
// Node's own modules with require.
const banner = `import { createRequire as createRequireHere } from "node:module";
if (Number(process.versions.node.split(".")[0]) < ${oldestNode}) {
  console.error("This needs Node ${oldestNode} or newer; here is " + process.version + ".");
  process.exit(1);
}
const require = createRequireHere(import.meta.url);`;

const outdir = "dist";
rmSync(outdir, { recursive: true, force: true });
await build({
  entryPoints: bins,
  outdir,
  bundle: true,
  // Loaded when needed stays so: GraphQL by its first call, the AWS SDK by the command that asks for it.
  splitting: true,
  chunkNames: "parts/[name]-[hash]",
  platform: "node",
  target: `node${oldestNode}`,
  format: "esm",
  // The rules of graphql-js are known by their functions' names; and a stack trace should be readable.
  keepNames: true,
  legalComments: "linked",
  banner: { js: banner },
});
for (const name of Object.keys(bins)) chmodSync(`${outdir}/${name}.js`, 0o755);
