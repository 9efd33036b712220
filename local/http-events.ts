import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type { FunctionName, Route } from "../functions/platform/names.ts";

/** A request that API Gateway itself would refuse before any function sees it. */
export class GatewayRefusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export type Match = { functionName: FunctionName; routeKey: string; pathParameters: Record<string, string> };

/** API Gateway's choice of route: a literal path before a greedy one, a method before `ANY`. */
export function matchRoute(routes: readonly Route[], method: string, path: string): Match | undefined {
  const candidates = routes
    .filter((route) => route.method === "ANY" || route.method === method)
    .flatMap((route) => {
      const greedy = /^(.*\/)\{([^}]+)\+\}$/.exec(route.path);
      if (greedy === null) return route.path === path ? [{ route, rank: 0, pathParameters: {} }] : [];
      const [, prefix = "", name = ""] = greedy;
      const rest = path.slice(prefix.length);
      return path.startsWith(prefix) && rest !== "" ? [{ route, rank: 1, pathParameters: { [name]: rest } }] : [];
    })
    .toSorted((a, b) => a.rank - b.rank || Number(a.route.method === "ANY") - Number(b.route.method === "ANY"));
  const best = candidates[0];
  if (best === undefined) return undefined;
  return {
    functionName: best.route.functionName,
    routeKey: `${best.route.method} ${best.route.path}`,
    pathParameters: best.pathParameters,
  };
}

/**
 * The path as an HTTP API hands it over: percent-decoded once. Encoded slashes and backslashes stay as they came, so
 * that a function sees (and here: refuses) what would otherwise change the number of segments.
 *
 * @throws GatewayRefusal where the encoding is broken
 */
export function decodePath(path: string): string {
  if (!path.startsWith("/")) throw new GatewayRefusal(400, "Bad Request");
  try {
    return path
      .split(/(%2f|%5c)/i)
      .map((part, index) => (index % 2 === 1 ? part : decodeURIComponent(part)))
      .join("");
  } catch {
    throw new GatewayRefusal(400, "Bad Request");
  }
}

/** Bodies of these types travel as text; all others as base64, form bodies among them. */
const textTypes = /^(text\/|application\/(json|javascript|xml)|[^;]*\+(json|xml))/i;

/** The event in payload format 2.0 that API Gateway would make of a request. */
export function toEvent(request: IncomingMessage, body: Buffer, match: Match, now: number): APIGatewayProxyEventV2 {
  const target = request.url ?? "/";
  const mark = target.indexOf("?");
  const rawQueryString = mark < 0 ? "" : target.slice(mark + 1);
  const path = decodePath(mark < 0 ? target : target.slice(0, mark));
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    if (name !== "cookie" && values !== undefined) headers[name] = values.join(",");
  }
  const cookies = (request.headers.cookie ?? "").split(/;\s*/).filter((pair) => pair !== "");
  const isText = textTypes.test(headers["content-type"] ?? "");
  const query = queryParameters(rawQueryString);
  return {
    version: "2.0",
    routeKey: match.routeKey,
    rawPath: path,
    rawQueryString,
    ...(cookies.length === 0 ? {} : { cookies }),
    headers,
    ...(query === undefined ? {} : { queryStringParameters: query }),
    ...(Object.keys(match.pathParameters).length === 0 ? {} : { pathParameters: match.pathParameters }),
    requestContext: {
      accountId: "000000000000",
      apiId: "local",
      domainName: headers.host ?? "localhost",
      domainPrefix: "local",
      http: {
        method: request.method ?? "GET",
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? "",
        userAgent: headers["user-agent"] ?? "",
      },
      requestId: randomUUID(),
      routeKey: match.routeKey,
      stage: "$default",
      time: new Date(now).toUTCString(),
      timeEpoch: now,
    },
    ...(body.byteLength === 0 ? {} : { body: body.toString(isText ? "utf8" : "base64") }),
    isBase64Encoded: body.byteLength > 0 && !isText,
  };
}

/** Repeated names are joined by commas. Code reads `rawQueryString`; this is here because API Gateway sends it. */
function queryParameters(rawQueryString: string): Record<string, string> | undefined {
  if (rawQueryString === "") return undefined;
  const joined: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    joined[name] = Object.hasOwn(joined, name) ? `${joined[name]},${value}` : value;
  }
  return joined;
}
