import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Plugin } from "esbuild";

/**
 * Lets a bundle begin with a module that nothing of it imports. esbuild's own `inject` puts it before every module, and
 * a call of it into each: a kilobyte and a half in a function of 400 modules.
 *
 * @param first path of the module, and `entry` that of the bundle's entry, from the root of the project
 */
export const beginsWith = (first: string, entry: string): Plugin => ({
  name: "begins-with",
  setup(build) {
    const root = build.initialOptions.absWorkingDir ?? "";
    const file = join(root, entry);
    build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      if (path !== file) return undefined;
      // On the same line as what follows, so that places in a stack trace keep their lines.
      const contents = `import "./${relative(dirname(file), join(root, first))}"; ${readFileSync(file, "utf8")}`;
      return { contents, loader: "ts" };
    });
  },
});
