import { effectiveMethods } from "../clients/effective-methods.ts";
import { jsonFault } from "../platform/json-fault.ts";
import { Problem } from "../platform/problem.ts";
import { hasBody, type UpstreamCall } from "./call.ts";
import { isRetired, matchPath, nearestPath } from "./path-match.ts";
import type { UpworkPath } from "./upwork-paths.ts";

/** Both searches show the first 5,000 hits (Upwork FAQ), at most 100 at once (`python-upwork` docstrings). */
const searchPaths = ["/api/profiles/v2/search/jobs", "/api/profiles/v2/search/providers"];
const maxOffset = 5_000;
const maxCount = 100;

/**
 * Refuses a call that cannot succeed, before it costs a unit. A client may have these checks switched off.
 *
 * @throws Problem saying what cannot succeed and the way out
 */
export function refuseHopeless(call: UpstreamCall): void {
  refuseBodyOnGet(call);
  refuseBrokenJson(call);
  const match = matchPath(call.path);
  if (match === undefined) return refuseUnknownPath(call.path);
  refuseWrongMethod(match.known, call);
  if (searchPaths.includes(match.known.path)) refusePaging(call);
}

function refuseBodyOnGet(call: UpstreamCall): void {
  if (!hasBody(call) || (call.method !== "GET" && call.method !== "HEAD")) return;
  throw new Problem("body-refused", `A ${call.method} call carries its parameters in the query, not in a body.`);
}

function refuseBrokenJson(call: UpstreamCall): void {
  if ("form" in call.body || call.body.bytes.byteLength === 0) return;
  if (!/^application\/json\s*(;|$)/i.test(call.body.contentType ?? "")) return;
  try {
    JSON.parse(Buffer.from(call.body.bytes).toString("utf8"));
  } catch (cause) {
    throw new Problem("json-malformed", `The body says it is JSON and is not: ${jsonFault(cause as SyntaxError)}.`, {
      cause,
    });
  }
}

function refuseUnknownPath(path: string): void {
  if (isRetired(path)) return;
  const nearest = nearestPath(path);
  throw new Problem(
    "path-unknown",
    `None of Upwork's clients knows this path, and Upwork would answer "Wrong URL requested". ${
      nearest === undefined ? "The known ones stand in functions/proxy/upwork-paths.ts." : `Did you mean ${nearest}?`
    } If it exists, switch this client's checks off.`,
    nearest === undefined ? {} : { members: { nearest } },
  );
}

function refuseWrongMethod(known: UpworkPath, call: UpstreamCall): void {
  const taken: string[] = Object.keys(known.methods);
  const meant = effectiveMethods(call);
  if (meant.some((method) => taken.includes(method === "HEAD" ? "GET" : method))) return;
  const allow = taken.join(", ");
  throw new Problem("method-refused", `${meant.join(" or ")} is not a method of ${known.path}; use ${allow}.`, {
    headers: { allow },
  });
}

function refusePaging(call: UpstreamCall): void {
  for (const [name, value] of call.query) if (name === "paging") refusePage(value);
}

function refusePage(paging: string): void {
  const [, offset, count] = /^(\d+)(?:;(\d+))?$/.exec(paging) ?? [];
  if (Number(count ?? 0) > maxCount) {
    throw new Problem(
      "paging-refused",
      `paging=${paging} asks for ${count} at once; Upwork gives at most ${maxCount}. Ask for paging=${offset};${maxCount}.`,
    );
  }
  if (Number(offset ?? 0) >= maxOffset) {
    throw new Problem(
      "paging-refused",
      `paging=${paging} starts beyond the ${maxOffset} results that a search shows. Narrow the search, for example by date, and start at 0.`,
    );
  }
}
