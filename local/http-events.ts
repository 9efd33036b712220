import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type { Match } from "./routes.ts";

/** A request that API Gateway itself would refuse before any function sees it. */
export class GatewayRefusal extends Error {
  override name = "GatewayRefusal";
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * The path as an HTTP API hands it over: percent-decoded once. Encoded slashes and backslashes stay as they came,
 * where API Gateway decodes them too, so that a function can refuse what would change the number of segments.
 *
 * @throws GatewayRefusal for a target that is no path, and where the encoding is broken
 */
export function decodePath(path: string): string {
  // Absolute-form targets, `*` and `//host` name something else than a path of this server.
  if (!path.startsWith("/") || path.startsWith("//")) throw new GatewayRefusal(400, "Bad Request");
  try {
    return path
      .split(/(%2f|%5c)/i)
      .map((part, index) => (index % 2 === 1 ? part : decodeURIComponent(part)))
      .join("");
  } catch {
    throw new GatewayRefusal(400, "Bad Request");
  }
}

/**
 * Bodies of these types travel as text, all others as base64: form bodies, `+json` types and bodies without a type
 * among them. Undocumented; observed on AWS and reported in public.
 */
const textTypes = /^(text\/[^;]+|application\/(json|javascript|xml))\s*(;|$)/i;

/** They belong to one connection, so no function sees them (RFC 9110 section 7.6.1). */
const connectionHeaders = new Set([
  "connection",
  "expect",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** The event in payload format 2.0 that API Gateway would make of a request. */
export function toEvent(request: IncomingMessage, body: Buffer, match: Match, now: number): APIGatewayProxyEventV2 {
  const target = request.url ?? "/";
  const mark = target.indexOf("?");
  const rawQueryString = mark < 0 ? "" : target.slice(mark + 1);
  const path = decodePath(mark < 0 ? target : target.slice(0, mark));
  const headers = readHeaders(request, body, now);
  const cookies = (request.headersDistinct.cookie ?? [])
    .flatMap((header) => header.split(/;\s*/))
    .filter((pair) => pair !== "");
  const text = textTypes.test(headers["content-type"] ?? "") ? readText(body) : undefined;
  const query = joinRepeated(new URLSearchParams(rawQueryString));
  const domainName = (headers.host ?? "localhost").replace(/:\d+$/, "");
  return {
    version: "2.0",
    routeKey: match.routeKey,
    rawPath: path,
    rawQueryString,
    ...(cookies.length === 0 ? {} : { cookies }),
    headers,
    ...(Object.keys(query).length === 0 ? {} : { queryStringParameters: query }),
    ...(Object.keys(match.pathParameters).length === 0 ? {} : { pathParameters: match.pathParameters }),
    requestContext: {
      accountId: "000000000000",
      apiId: "local",
      domainName,
      domainPrefix: domainName.split(".")[0] ?? domainName,
      http: {
        method: request.method ?? "GET",
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: sourceIp(request),
        userAgent: headers["user-agent"] ?? "",
      },
      requestId: randomUUID(),
      routeKey: match.routeKey,
      stage: "$default",
      time: commonLogTime(now),
      timeEpoch: now,
    },
    ...(body.byteLength === 0 ? {} : { body: text ?? body.toString("base64") }),
    isBase64Encoded: body.byteLength > 0 && text === undefined,
  };
}

/** Lower-case names, repeats joined by commas, and what API Gateway says about the way the request came. */
function readHeaders(request: IncomingMessage, body: Buffer, now: number): Record<string, string> {
  const named = (request.headersDistinct.connection ?? []).flatMap((value) => value.toLowerCase().split(/\s*,\s*/));
  const received = Object.entries(request.headersDistinct).filter(
    ([name]) => name !== "cookie" && !connectionHeaders.has(name) && !named.includes(name),
  );
  const forwardedFor = [...(request.headersDistinct["x-forwarded-for"] ?? []), sourceIp(request)];
  return Object.fromEntries([
    ...received.map(([name, values]) => [name, (values ?? []).join(",")]),
    ["content-length", String(body.byteLength)],
    ["x-amzn-trace-id", `Root=1-${Math.floor(now / 1000).toString(16)}-${randomBytes(12).toString("hex")}`],
    ["x-forwarded-for", forwardedFor.join(", ")],
    ["x-forwarded-port", String(request.socket.localPort ?? "")],
    ["x-forwarded-proto", "http"],
  ]);
}

function sourceIp(request: IncomingMessage): string {
  // An IPv4 address on a socket that takes both kinds comes as ::ffff:127.0.0.1.
  return (request.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The body as text, or `undefined` where that would change its bytes. */
function readText(body: Buffer): string | undefined {
  try {
    return utf8.decode(body);
  } catch {
    return undefined;
  }
}

/** Repeated names are joined by commas. Code reads `rawQueryString`; this is here because API Gateway sends it. */
function joinRepeated(pairs: Iterable<[string, string]>): Record<string, string> {
  const joined = new Map<string, string>();
  for (const [name, value] of pairs) {
    const earlier = joined.get(name);
    joined.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return Object.fromEntries(joined);
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** As in `12/Mar/2020:19:03:58 +0000`. */
function commonLogTime(now: number): string {
  const [, year, month, day, time] = /^(\d+)-(\d+)-(\d+)T([\d:]+)/.exec(new Date(now).toISOString()) ?? [];
  return `${day}/${months[Number(month) - 1]}/${year}:${time} +0000`;
}
