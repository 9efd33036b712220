import { builtinModules } from "node:module";
import type { Plugin } from "esbuild";

/**
 * Lets a bundle read of Node's modules only what it asks for.
 *
 * An `import` of one of Node's modules reads every export, and some exports are getters that load much more: `WebSocket`
 * of `node:http` brings undici, `promises` of `node:fs` brings the history of the REPL, `diff` of `node:util` worker
 * threads. That is a fifth of a cold start for what nobody uses. `process.getBuiltinModule` reads none of them.
 */
export const nodeBuiltins: Plugin = {
  name: "node-builtins",
  setup(build) {
    build.onResolve({ filter: /^(?:node:)?[a-z_]+(?:\/[a-z_]+)?$/ }, ({ path, kind }) => {
      const name = path.replace(/^node:/, "");
      if (!builtinModules.includes(name)) return undefined;
      // What is asked for when it is needed comes from Node itself, with every export: nobody can know which are read.
      if (kind === "dynamic-import") return { path: `node:${name}`, external: true };
      return { path: name, namespace: kind === "import-statement" ? "named-builtin" : "whole-builtin" };
    });
    // Each export by itself, so that esbuild leaves out those that nobody imports, and with them their reading.
    build.onLoad({ filter: /.*/, namespace: "named-builtin" }, ({ path }) => ({
      contents: [
        `const builtin = process.getBuiltinModule("node:${path}"); export default builtin;`,
        ...exportsOf(path).map((name) => `export const ${name} = /* @__PURE__ */ (() => builtin.${name})();`),
      ].join("\n"),
    }));
    // As CommonJS, of which esbuild reads an export when somebody asks for it.
    build.onLoad({ filter: /.*/, namespace: "whole-builtin" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule("node:${path}");`,
    }));
  },
};

/** What can be imported from one of Node's modules by name. */
function exportsOf(name: string): string[] {
  const names = Object.getOwnPropertyNames(process.getBuiltinModule(`node:${name}`) ?? {});
  return names.filter((key) => /^[A-Za-z_]\w*$/.test(key) && key !== "default");
}
