import type { TokenPair } from "./credentials.ts";

/** This long before its end an access token is not sent any more: clocks differ, and a call takes its time. */
const slackMs = 30_000;

/**
 * An access token refused this soon after it was issued was not refused for its age; another would be too. It also bounds
 * the writes where Upwork answers 401 for another reason: Secrets Manager wants fewer than one in ten minutes, and keeps
 * a hundred versions.
 */
const freshMs = 15 * 60_000;

/** Whether a token is at its end, so that a call must not be tried with it where another can be had. */
export function isSpent(pair: Pick<TokenPair, "expiresAt">, now: number): boolean {
  return pair.expiresAt - now <= slackMs;
}

/** Whether a refusal (401) of a token is worth a new one: where it is no longer fresh, or in the last half of a short life. */
export function isWorthReplacing(pair: Pick<TokenPair, "issuedAt" | "expiresAt">, now: number): boolean {
  const half = (pair.expiresAt - pair.issuedAt) / 2;
  return now - pair.issuedAt >= Math.min(freshMs, half);
}

/** Whether the schedule should get new tokens: `earlyMs` before the end, or in the last half of a short life. */
export function isDue(pair: Pick<TokenPair, "issuedAt" | "expiresAt">, now: number, earlyMs: number): boolean {
  const half = (pair.expiresAt - pair.issuedAt) / 2;
  return pair.expiresAt - now <= Math.min(earlyMs, half);
}

const firstPauseMs = 2_000;
const maxPauseMs = 5 * 60_000;

/** Whether a pause is short enough for a call to wait until it ends. */
export function isBrief(pauseMs: number): boolean {
  return pauseMs <= firstPauseMs;
}

/** How long nobody asks Upwork for tokens after its `failures`-th failure in a row (from 1). */
export function pauseAfter(failures: number): number {
  return Math.min(maxPauseMs, firstPauseMs * 2 ** (Math.max(1, failures) - 1));
}
