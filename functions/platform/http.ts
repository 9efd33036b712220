import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { Problem } from "./problem.ts";

/** One HTTP request as API Gateway handed it over, decoded once. */
export type HttpRequest = {
  id: string;
  method: string;
  /** Path after the stage, percent-decoded: HTTP APIs decode `rawPath` before they invoke. */
  path: string;
  /** Path with the stage where API Gateway put it in front; absent where no event came over HTTP. */
  rawPath?: string;
  /** Query string as it was sent, without the question mark. */
  rawQuery: string;
  /** Names in lower case; repeated headers are joined by commas. */
  headers: Record<string, string>;
  cookies: Record<string, string>;
  body: Uint8Array;
  sourceIp: string;
};

export type HttpResponse = {
  status: number;
  headers?: Record<string, string>;
  cookies?: string[];
  body?: string | Uint8Array;
};

/**
 * Reads an HTTP API event (payload format 2.0).
 *
 * @throws Problem `not-found` for anything that is not such an event
 */
export function readHttpRequest(event: APIGatewayProxyEventV2): HttpRequest {
  // Whoever may invoke a function may send it anything, `null` included.
  const context = event?.requestContext;
  if (typeof event?.rawPath !== "string" || context?.http === undefined) {
    throw new Problem("not-found", "This function takes HTTP API events in payload format 2.0.");
  }
  // A named stage stands at the front of rawPath; `$default` does not.
  const stagePrefix = context.stage && context.stage !== "$default" ? `/${context.stage}` : "";
  const path =
    stagePrefix !== "" && (event.rawPath === stagePrefix || event.rawPath.startsWith(`${stagePrefix}/`))
      ? event.rawPath.slice(stagePrefix.length) || "/"
      : event.rawPath;
  return {
    id: context.requestId,
    method: context.http.method.toUpperCase(),
    path,
    rawPath: event.rawPath,
    rawQuery: event.rawQueryString ?? "",
    headers: lowerCaseNames(event.headers),
    cookies: readCookies(event.cookies ?? []),
    body:
      event.body === undefined ? new Uint8Array() : Buffer.from(event.body, event.isBase64Encoded ? "base64" : "utf8"),
    sourceIp: context.http.sourceIp,
  };
}

function lowerCaseNames(headers: Record<string, string | undefined>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value !== undefined) result[name.toLowerCase()] = value;
  }
  return result;
}

function readCookies(pairs: readonly string[]): Record<string, string> {
  const cookies: Record<string, string> = {};
  for (const pair of pairs) {
    const equals = pair.indexOf("=");
    if (equals > 0) cookies[pair.slice(0, equals).trim()] = pair.slice(equals + 1).trim();
  }
  return cookies;
}

/** What is larger travels as base64: as text in Lambda's JSON each quote and line feed counts twice, and 6 MB are the limit. */
const maxTextBytes = 2_000_000;

/** The Lambda result for a response. Bytes that are not text travel as base64, so nothing is re-encoded on the way. */
export function writeHttpResponse(response: HttpResponse): APIGatewayProxyStructuredResultV2 {
  const body = response.body ?? "";
  const isText = typeof body === "string" || (body.byteLength <= maxTextBytes && isUtf8Text(body));
  return {
    statusCode: response.status,
    headers: response.headers ?? {},
    ...(response.cookies === undefined ? {} : { cookies: response.cookies }),
    body: typeof body === "string" ? body : Buffer.from(body).toString(isText ? "utf8" : "base64"),
    isBase64Encoded: !isText,
  };
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function isUtf8Text(bytes: Uint8Array): boolean {
  try {
    utf8.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** A JSON answer that no cache keeps. */
export function json(status: number, value: unknown, headers: Record<string, string> = {}): HttpResponse {
  return {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
    body: JSON.stringify(value),
  };
}
