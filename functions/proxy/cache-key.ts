import { createHash } from "node:crypto";
import type { Credentials } from "../oauth/credentials.ts";
import type { UpstreamCall } from "./call.ts";

/**
 * The key of a call in the cache: what was asked, and on whose behalf. Upwork puts the account's name into every answer,
 * so nothing is shared between connections; and the token stands in the key, so nobody gets what was cached for an
 * account that the connection belonged to before.
 *
 * `asked` is what is asked where it is not in the path and the parameters: a GraphQL document and its variables.
 * Parameters are sorted by name, repeats of a name keep their order. All forwarded headers count, the tenant among them.
 */
export function cacheKey(call: UpstreamCall, credentials: Credentials, asked?: string): string {
  const token = credentials.auth === "oauth1" ? credentials.token.key : credentials.accessToken;
  const query = call.query.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const headers = Object.entries(call.headers).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const whole = JSON.stringify([call.connection, token, call.method, call.path, query, headers, asked]);
  return createHash("sha256").update(whole).digest("base64url");
}

/** An entity tag for a body: the same bytes have the same. */
export function entityTag(body: Uint8Array): string {
  return `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;
}

/** Whether `If-None-Match` names an entity tag, by weak comparison (RFC 9110 13.1.2). */
export function isNamed(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === "*") return true;
  const bare = (tag: string) => tag.trim().replace(/^W\//, "");
  return ifNoneMatch.split(",").some((tag) => bare(tag) === bare(etag));
}
