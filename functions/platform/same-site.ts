import type { HttpRequest } from "./http.ts";
import { Problem } from "./problem.ts";

/**
 * Refuses what a page of another site makes a browser send: browsers say so in `Sec-Fetch-Site`, older ones at least in
 * `Origin`. For requests that a browser would authenticate by itself: with a cookie, or by being on this machine.
 *
 * @throws Problem `other-site-refused`
 */
export function requireSameSite({ headers }: Pick<HttpRequest, "headers">): void {
  const site = headers["sec-fetch-site"];
  const isOwn = site === undefined ? isOwnOrigin(headers.origin, headers.host) : /^(same-origin|none)$/.test(site);
  if (isOwn) return;
  throw new Problem(
    "other-site-refused",
    "A page of another site sent this. Open the gateway's own page and try again.",
  );
}

function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}
