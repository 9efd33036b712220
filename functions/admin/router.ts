import type { AdminRoute } from "../platform/admin-route.ts";
import { type HttpRequest, type HttpResponse, json } from "../platform/http.ts";
import { Problem } from "../platform/problem.ts";
import { parseBody, parseParams, parseQuery } from "./parsing.ts";
import { matchesAny, requireIfMatch } from "./preconditions.ts";

/**
 * Answers a request to the admin API from a table of routes. Who calls has been checked before.
 *
 * @throws Problem for every request that no row takes as it is
 */
export async function answerAdmin<Services>(
  routes: readonly AdminRoute<Services>[],
  services: Services,
  request: HttpRequest,
  now: number,
): Promise<HttpResponse> {
  const { route, variables } = findRoute(routes, request);
  const ifMatch = route.isConditional ? requireIfMatch(request.headers["if-match"]) : undefined;
  const { status, value, etag, location } = await route.handle(services, {
    params: parseParams(route.params, variables),
    query: parseQuery(route.query, request.rawQuery),
    body: parseBody(route.body, request, route.isBodyOptional ?? false),
    requireMatch(current) {
      if (ifMatch === undefined || matchesAny(ifMatch, current)) return;
      throw new Problem(
        "precondition-failed",
        `Somebody else has changed it: it is at version ${current} now, your If-Match says ${ifMatch}. Read it again, then decide.`,
        { headers: { etag: current } },
      );
    },
    now,
  });
  const headers: Record<string, string> = {
    ...(etag === undefined ? {} : { etag }),
    ...(location === undefined ? {} : { location }),
  };
  const known = request.headers["if-none-match"];
  if (request.method === "GET" && etag !== undefined && known !== undefined && matchesAny(known, etag)) {
    return { status: 304, headers: { etag, "cache-control": "no-store" } };
  }
  if (value === undefined) return { status, headers: { ...headers, "cache-control": "no-store" } };
  return json(status, value, headers);
}

function findRoute<Services>(routes: readonly AdminRoute<Services>[], request: HttpRequest) {
  const found = routes.flatMap((route) => {
    const variables = matchPath(route.path, request.path);
    return variables === undefined ? [] : [{ route, variables }];
  });
  if (found.length === 0) {
    throw new Problem(
      "not-found",
      `The admin API has no ${request.path}; /openapi.json and docs/api.md list what it has.`,
    );
  }
  const literalFirst = found.toSorted((a, b) => Object.keys(a.variables).length - Object.keys(b.variables).length);
  const chosen = literalFirst.find(({ route }) => route.method === request.method);
  if (chosen !== undefined) return chosen;
  const allow = [...new Set(found.map(({ route }) => route.method))].join(", ");
  throw new Problem("method-refused", `${request.method} is not a method of this path; use ${allow}.`, {
    headers: { allow },
  });
}

/** The variables of a path, or `undefined` where it does not fit the pattern. */
export function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  const variables: [string, string][] = [];
  for (const [index, segment] of wanted.entries()) {
    const value = given[index] ?? "";
    if (!segment.startsWith("{")) {
      if (segment !== value) return undefined;
    } else if (value === "") return undefined;
    else variables.push([segment.slice(1, -1), value]);
  }
  return Object.fromEntries(variables);
}
