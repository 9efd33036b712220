import type { FunctionName, Route } from "../functions/platform/names.ts";

export type Match = {
  functionName: FunctionName;
  /** The route as it was declared, for example `ANY /api/{path+}`. */
  routeKey: string;
  pathParameters: Record<string, string>;
};

/**
 * API Gateway's choice of route: of those that fit method and path, the one with the most specific path (a literal
 * segment before `{name}`, that before the greedy `{name+}`), and of the same path a named method before `ANY`.
 *
 * @param path percent-decoded
 */
export function matchRoute(routes: readonly Route[], method: string, path: string): Match | undefined {
  const best = routes
    .filter((route) => route.method === "ANY" || route.method === method)
    .flatMap((route) => {
      const pathParameters = matchPath(route.path, path);
      return pathParameters === undefined ? [] : [{ route, pathParameters }];
    })
    .toSorted((a, b) => compareSpecificity(a.route, b.route))[0];
  if (best === undefined) return undefined;
  return {
    functionName: best.route.functionName,
    routeKey: `${best.route.method} ${best.route.path}`,
    pathParameters: best.pathParameters,
  };
}

function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split("/");
  const given = path.split("/");
  const parameters: [string, string][] = [];
  for (const [index, segment] of wanted.entries()) {
    const kind = kindOf(segment);
    // A greedy variable takes the rest, which must not be empty.
    const value = kind === "greedy" ? given.slice(index).join("/") : given[index];
    if (value === undefined || (kind !== "literal" && value === "")) return undefined;
    if (kind === "literal" && value !== segment) return undefined;
    if (kind !== "literal") parameters.push([segment.replace(/[{}+]/g, ""), value]);
    if (kind === "greedy") return Object.fromEntries(parameters);
  }
  return given.length === wanted.length ? Object.fromEntries(parameters) : undefined;
}

const kinds = ["literal", "variable", "greedy"] as const;

function kindOf(segment: string): (typeof kinds)[number] {
  if (!segment.startsWith("{")) return "literal";
  return segment.endsWith("+}") ? "greedy" : "variable";
}

/** Both routes fit the same path, so the first segments of different kinds decide. */
function compareSpecificity(a: Route, b: Route): number {
  const ranksOf = (route: Route) => route.path.split("/").map((segment) => kinds.indexOf(kindOf(segment)));
  const [ranksA, ranksB] = [ranksOf(a), ranksOf(b)];
  const difference = ranksA.map((rank, index) => rank - (ranksB[index] ?? rank)).find((value) => value !== 0);
  return difference ?? Number(a.method === "ANY") - Number(b.method === "ANY");
}
