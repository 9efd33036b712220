// The rules of the house: who may import whom. `npm run rooms` and a test check them.
const room = (name) => `^functions/${name}/`;
const only = (from, allowed) => ({
  name: `${from}-imports`,
  comment: `${from} may import only: ${allowed.join(", ")}`,
  severity: "error",
  // A handler wires its function together, so it may reach for what the rules of its room may not.
  from: { path: room(from), pathNot: "handler\\.ts$" },
  to: { path: "^functions/", pathNot: [from, ...allowed].map(room) },
});

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    only("platform", []),
    only("oauth", ["platform"]),
    only("budget", ["platform"]),
    only("clients", ["platform"]),
    only("webhooks", ["platform"]),
    only("proxy", ["platform", "oauth", "budget", "clients"]),
    // The admin API is a table of all rooms' rows.
    only("admin", ["platform", "oauth", "budget", "clients", "proxy", "watches", "webhooks"]),
    only("watches", ["platform", "proxy", "webhooks"]),
    {
      name: "functions-stand-alone",
      comment: "What runs in Lambda knows nothing of how it is deployed, emulated or run locally.",
      severity: "error",
      from: { path: "^functions/" },
      to: { path: "^(infra|sandbox|local|cli|test|bench)/" },
    },
    {
      name: "sandbox-stands-alone",
      comment: "The sandbox verifies with its own code, so that one mistake cannot hide in both.",
      severity: "error",
      from: { path: "^sandbox/" },
      to: { path: "^(functions|infra|local|cli|test|bench)/" },
    },
    {
      name: "cli-talks-http",
      comment: "The command line is a client like any other; of the gateway it knows names and how a secret is stored.",
      severity: "error",
      from: { path: "^cli/" },
      to: {
        path: "^(functions|infra|sandbox|local|test|bench)/",
        pathNot: "^functions/platform/(names|secrets)\\.ts$",
      },
    },
    {
      name: "infra-knows-names-only",
      comment: "The CDK app imports no runtime logic, only names and schemas both sides must agree on.",
      severity: "error",
      from: { path: "^infra/" },
      to: { path: "^functions/", pathNot: "^functions/(platform/(names|limit-schema))\\.ts$" },
    },
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { extensions: [".ts", ".js", ".mjs"] },
  },
};
