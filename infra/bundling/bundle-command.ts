import { bundleFunction } from "./bundle.ts";

// node infra/bundling/bundle-command.ts <entry> <folder>: bundles one handler module, as `bundleFunction` says.
const [entry = "", folder = ""] = process.argv.slice(2);
await bundleFunction(entry, folder);
