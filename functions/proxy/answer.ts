import type { UpstreamResponse } from "../platform/upstream.ts";

/** Headers that belong to one connection (RFC 9110 section 7.6.1), to a session, or to the gateway itself. */
const droppedHeaders = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "content-length",
  "set-cookie",
  "set-cookie2",
  "www-authenticate",
]);

/** The upstream's own rate headers come back under another name, so that nobody takes them for the budget's. */
const renamedHeaders = /^(x-)?ratelimit(-.*)?$/;

/** What an answer depends on beside its URL: whoever keeps answers on the way must not give one client another's. */
const varying = "authorization, x-api-key, connection-id, x-upwork-api-tenantid";

/** An upstream's answer as it goes back, before the gateway adds headers of its own. */
export type Answer = { status: number; headers: Record<string, string>; body: Uint8Array };

/** An upstream answer as it goes back: status and body byte for byte, headers without what must not pass. */
export function passAnswer(answer: UpstreamResponse): Answer {
  const headers: Record<string, string> = {};
  const named = new Set(
    [answer.headers.connection ?? []].flat().flatMap((value) => value.toLowerCase().split(/\s*,\s*/)),
  );
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value === undefined || droppedHeaders.has(name) || named.has(name)) continue;
    const joined = Array.isArray(value) ? value.join(", ") : value;
    headers[renamedHeaders.test(name) ? `upstream-${name}` : name] = joined;
  }
  headers.vary = headers.vary === undefined ? varying : `${headers.vary}, ${varying}`;
  // Pages of others must not run on the origin where the console is.
  headers["content-security-policy"] = "sandbox";
  return { status: answer.status, headers, body: answer.body };
}
