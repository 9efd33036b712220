import type { Client } from "../clients/clients.ts";
import { encodePairs, type Pair } from "../oauth/signing.ts";
import { connectionNamePattern } from "../platform/connection-name.ts";
import type { HttpRequest } from "../platform/http.ts";
import { Problem } from "../platform/problem.ts";
import { parsePairs } from "./parameters.ts";
import { upstreamPath } from "./path.ts";

/** One call, parsed once: what to send, decoded and in order, and through which connection. */
export type UpstreamCall = {
  method: string;
  /** Percent-encoded path below the upstream's origin. */
  path: string;
  query: readonly Pair[];
  /** Form parameters are signed; any other body passes unsigned and unchanged. */
  body: { form: readonly Pair[] } | { bytes: Uint8Array; contentType: string | undefined };
  headers: Record<string, string>;
  connection: string;
};

const methods = ["GET", "HEAD", "POST", "PUT", "DELETE"];
/** Lambda takes 6 MB; base64 adds a third. */
const maxBodyBytes = 4_400_000;

/** The only headers of a caller that go upstream. */
const forwardedHeaders = ["accept", "accept-language", "x-upwork-api-tenantid"];

/**
 * Reads a request as a call to Upwork.
 *
 * @throws Problem before any budget is spent, saying what to change
 */
export function readCall(request: HttpRequest, client: Client): UpstreamCall {
  const path = upstreamPath(request.path);
  refuseTokenSteps(path);
  if (!methods.includes(request.method) || (path.startsWith("/gds/") && request.method !== "GET")) {
    const allowed = path.startsWith("/gds/") ? "GET" : methods.join(", ");
    throw new Problem("method-refused", `${request.method} is not a method of this path; use ${allowed}.`, {
      headers: { allow: allowed },
    });
  }
  refuseLargeBody(request);
  const headers: Record<string, string> = { accept: "application/json" };
  for (const name of forwardedHeaders) {
    const value = forwardedHeader(request, name);
    if (value !== undefined) headers[name] = value;
  }
  return {
    method: request.method,
    path,
    query: parsePairs(request.rawQuery, "query"),
    body: readBody(request),
    headers,
    connection: connectionOf(request, client),
  };
}

/**
 * A header of the caller's that goes upstream.
 *
 * @throws Problem `parameters-refused` for characters that no header can hold (RFC 9110 5.5), which could not be sent
 */
export function forwardedHeader({ headers }: Pick<HttpRequest, "headers">, name: string): string | undefined {
  const value = headers[name];
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value ?? "")) return value;
  throw new Problem("parameters-refused", `The header ${name} holds characters that no header can hold.`);
}

/**
 * Refuses a body that cannot pass Lambda.
 *
 * @throws Problem `body-too-large`
 */
export function refuseLargeBody({ body }: Pick<HttpRequest, "body">): void {
  if (body.byteLength <= maxBodyBytes) return;
  throw new Problem("body-too-large", `The body is ${body.byteLength} bytes; at most ${maxBodyBytes} can pass.`);
}

/**
 * The connection that a request names, else the client's own.
 *
 * @throws Problem `connection-unknown` for what cannot be a name
 */
export function connectionOf(request: HttpRequest, client: Client): string {
  const connection = request.headers["connection-id"]?.trim() || client.connection;
  if (connectionNamePattern.test(connection)) return connection;
  throw new Problem(
    "connection-unknown",
    "The Connection-Id header does not name a connection: lower-case letters, digits and dashes, at most 63.",
  );
}

/** Where Upwork hands out tokens. A call to them, signed with the real keys, would give the caller real tokens. */
const tokenSteps = /^\/api\/(auth\/v1\/oauth|v3\/oauth2)(\/|$)/i;

/**
 * Refuses the paths where tokens are made; parameters of segments (`;x`) hide none of them.
 *
 * @throws Problem `token-step-refused`
 */
export function refuseTokenSteps(path: string): void {
  if (!tokenSteps.test(path.replace(/;[^/]*/g, ""))) return;
  throw new Problem(
    "token-step-refused",
    "The gateway holds Upwork's tokens and hands out none. Accounts are connected in a browser at /oauth/start?connection=NAME. A program that speaks OAuth 1.0a sets the token that was issued with its consumer key and skips this step.",
  );
}

/** Whether anything stands in the call's body. */
export function hasBody({ body }: Pick<UpstreamCall, "body">): boolean {
  return "form" in body ? body.form.length > 0 : body.bytes.byteLength > 0;
}

function readBody(request: HttpRequest): UpstreamCall["body"] {
  const contentType = forwardedHeader(request, "content-type");
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType ?? ""))
    return { bytes: request.body, contentType };
  const text = Buffer.from(request.body).toString("utf8");
  return { form: parsePairs(text, "form body") };
}

/** The call's query and body as they go out, and the parameters that are signed. */
export function encodeCall(call: UpstreamCall) {
  const query = encodePairs(call.query);
  const form = "form" in call.body ? call.body.form : [];
  const contentType = "form" in call.body ? "application/x-www-form-urlencoded" : call.body.contentType;
  return {
    pathAndQuery: query === "" ? call.path : `${call.path}?${query}`,
    body: "form" in call.body ? Buffer.from(encodePairs(form)) : call.body.bytes,
    signedParameters: [...call.query, ...form],
    headers: { ...call.headers, ...(contentType === undefined ? {} : { "content-type": contentType }) },
  };
}
