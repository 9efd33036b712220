import { Problem } from "../platform/problem.ts";
import type { UpstreamCall } from "./call.ts";
import { isRetired, matchPath, nearestPath } from "./path-match.ts";
import type { UpworkMethod, UpworkPath } from "./upwork-paths.ts";

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
  const json = readJson(call);
  const match = matchPath(call.path);
  if (match === undefined) return refuseUnknownPath(call.path);
  refuseWrongMethod(match.known, call, json);
  if (searchPaths.includes(match.known.path)) refusePaging(call);
}

function refuseBodyOnGet(call: UpstreamCall): void {
  const isEmpty = "form" in call.body ? call.body.form.length === 0 : call.body.bytes.byteLength === 0;
  if (isEmpty || (call.method !== "GET" && call.method !== "HEAD")) return;
  throw new Problem("body-refused", `A ${call.method} call carries its parameters in the query, not in a body.`);
}

/** The JSON body of a call; `undefined` where it has none. */
function readJson(call: UpstreamCall): unknown {
  if ("form" in call.body || call.body.bytes.byteLength === 0) return undefined;
  if (!/^application\/json\s*(;|$)/i.test(call.body.contentType ?? "")) return undefined;
  try {
    return JSON.parse(Buffer.from(call.body.bytes).toString("utf8"));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "";
    throw new Problem("json-malformed", `The body says it is JSON and is not: ${why}.`, { cause });
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

function refuseWrongMethod(known: UpworkPath, call: UpstreamCall, json: unknown): void {
  const method = effectiveMethod(call, json);
  const taken = Object.keys(known.methods) as UpworkMethod[];
  if (taken.some((one) => one === method) || (method === "HEAD" && taken.includes("GET"))) return;
  const allow = taken.join(", ");
  throw new Problem("method-refused", `${method} is not a method of ${known.path}; use ${allow}.`, {
    headers: { allow },
  });
}

/**
 * The method Upwork will act on: a POST may carry another one in `http_method`, in its query, form or JSON, as Upwork's
 * own clients send PUT and DELETE.
 */
export function effectiveMethod(call: UpstreamCall, json: unknown): string {
  if (call.method !== "POST") return call.method;
  const pairs = [...call.query, ...("form" in call.body ? call.body.form : [])];
  const fromJson = typeof json === "object" && json !== null && "http_method" in json ? json.http_method : undefined;
  const override = pairs.find(([name]) => name === "http_method")?.[1] ?? fromJson;
  return typeof override === "string" && /^(get|post|put|delete)$/i.test(override) ? override.toUpperCase() : "POST";
}

function refusePaging(call: UpstreamCall): void {
  const paging = call.query.find(([name]) => name === "paging")?.[1];
  const [, offset, count] = /^(\d+);(\d+)$/.exec(paging ?? "") ?? [];
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
