import type { Outcome } from "../budget/gate.ts";
import { readRetryAfter } from "../platform/retry-after.ts";
import type { UpstreamResponse } from "../platform/upstream.ts";

/** Upwork's wording for a disabled key is not documented; a 403 that speaks of one is taken for it. */
const disabledKey = /\b(key|application|app)\b[^.]{0,60}\b(disabled|suspended|deactivated)\b/i;

/** Whether an answer's text says that the application's key is disabled. */
export const isDisabledKey = (text: string): boolean => disabledKey.test(text);

/** How services word a limit that was passed where the status does not say it; Upwork's own wording is not documented. */
const limitExceeded =
  /\b(rate|request|call|usage|api)s?[ -](limit|quota)s?\b[^.]{0,40}\b(exceeded|reached)\b|\b(exceeded|reached)\b[^.]{0,40}\b(rate|request|call|usage|api)s?[ -](limit|quota)|\btoo many requests\b/i;

/** Whether Upwork refuses a call with this status before it acts on it. */
export const hadNoEffect = (status: number): boolean => status === 401 || status === 429;

/** An error that asks for a longer pause than a day is not believed; the gate's own pauses go on from there. */
const longestPauseMs = 86_400_000;

/** What an answer says about the upstream's limits: 429, or an error that speaks of one; or that the key is disabled. */
export function outcomeOf(answer: UpstreamResponse, now: number): Outcome {
  if (answer.status < 400) return { kind: "ok" };
  const message = `${answer.headers["x-upwork-error-message"] ?? ""} ${Buffer.from(answer.body).toString("utf8", 0, 2_000)}`;
  if (answer.status === 403 && isDisabledKey(message)) return { kind: "disabled" };
  if (answer.status !== 429 && !limitExceeded.test(message)) return { kind: "ok" };
  const retryAfterMs = readRetryAfter(answer.headers["retry-after"], now);
  return retryAfterMs === undefined || retryAfterMs === 0
    ? { kind: "limited" }
    : { kind: "limited", retryAfterMs: Math.min(retryAfterMs, longestPauseMs) };
}
