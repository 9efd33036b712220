import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** One method of one of the routers of Upwork's own client (`upwork-api`), and the call it makes. */
export type CallSite = {
  /** As in `hr/jobs.js`, below the client's routers. */
  router: string;
  method: string;
  /** Names of its arguments, the callback left out; `params` is a hash, all others stand in the path. */
  parameters: string[];
  /** `undefined` where the client's own code throws before it calls. */
  call: { method: string; path: string } | undefined;
};

type Fake = Record<string, (...values: unknown[]) => void>;
type Router = new (api: unknown) => Record<string, (...values: unknown[]) => void>;

const load = createRequire(import.meta.url);
// The client's debug function is a global that its main module sets.
load("upwork-api");
const routersFolder = join(dirname(load.resolve("upwork-api/package.json")), "lib", "routers");

/** The class that a router's module exports. */
export function loadRouter(router: string): Router {
  const [loaded] = Object.values(load(join(routersFolder, router)) as Record<string, Router>);
  if (loaded === undefined) throw new Error(`${router} exports no router`);
  return loaded;
}

/** Every call site of the client, found by calling each method against a client that only notes the path. */
export function upworkCallSites(): CallSite[] {
  return readdirSync(routersFolder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".js"))
    .toSorted()
    .flatMap((router) => methodsOf(router).map((method) => describeSite(router, method)));
}

const methodsOf = (router: string) => Object.keys(loadRouter(router).prototype);

function describeSite(router: string, method: string): CallSite {
  const Loaded = loadRouter(router);
  const [, list = ""] = /\(([^)]*)\)/.exec(String(Loaded.prototype[method])) ?? [];
  const parameters = list.split(",").map((name) => name.trim());
  // The last one is always the callback.
  parameters.pop();
  let entry = "api";
  let call: CallSite["call"];
  const note = (verb: string) => (path: unknown) => {
    call = { method: verb, path: `/${entry}/${path}` };
  };
  const client: Fake = {
    setEntryPoint: (point) => {
      entry = String(point);
    },
    get: note("GET"),
    post: note("POST"),
    put: note("PUT"),
    delete: note("DELETE"),
  };
  try {
    new Loaded({ client })[method]?.(
      ...parameters.map((name) => (name === "params" ? {} : `{${name}}`)),
      () => undefined,
    );
  } catch {
    // A defect of the client's own; the site has no call then.
  }
  return { router, method, parameters, call };
}
