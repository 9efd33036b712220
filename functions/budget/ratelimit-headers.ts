import { retryAfterSeconds } from "../platform/problem.ts";
import type { LimitState } from "./standing.ts";

/**
 * `RateLimit-Policy` and `RateLimit` of the IETF httpapi draft, with one policy a limit and the tightest one as the
 * service limit, and the older `X-RateLimit-*` for the tightest. Values come from the write that decided the call.
 */
export function rateLimitHeaders(limits: readonly LimitState[], binding?: string): Record<string, string> {
  const tightest = limits.find(({ name }) => name === binding) ?? tightestOf(limits);
  if (tightest === undefined) return {};
  const reset = Math.ceil(tightest.resetsInMs / 1000);
  return {
    "ratelimit-policy": limits
      .map(({ name, quota, windowSeconds }) => `"${name}";q=${quota};w=${windowSeconds}`)
      .join(", "),
    ratelimit: `"${tightest.name}";r=${tightest.left};t=${reset}`,
    "x-ratelimit-limit": String(tightest.quota),
    "x-ratelimit-remaining": String(tightest.left),
    "x-ratelimit-reset": String(reset),
  };
}

/** The limit of which the smallest fraction is left. */
export function tightestOf(limits: readonly LimitState[]): LimitState | undefined {
  return limits.toSorted((a, b) => a.left / a.quota - b.left / b.quota || b.windowSeconds - a.windowSeconds)[0];
}

/** `Retry-After` never promises an earlier time than the refusal named. */
export function refusalHeaders(
  limits: readonly LimitState[],
  name: string,
  retryAfterMs: number,
): Record<string, string> {
  return { ...rateLimitHeaders(limits, name), "retry-after": String(retryAfterSeconds(retryAfterMs)) };
}
