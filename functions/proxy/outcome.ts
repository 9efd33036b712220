import type { Outcome } from "../budget/gate.ts";
import { Problem } from "../platform/problem.ts";
import { readRetryAfter } from "../platform/retry-after.ts";
import type { UpstreamError, UpstreamResponse } from "../platform/upstream.ts";

/** Upwork's wording for a disabled key is not documented; a 403 that speaks of one is taken for it. */
const disabledKey = /\b(key|application|app)\b[^.]{0,60}\b(disabled|suspended|deactivated)\b/i;

/** Whether an answer's text says that the application's key is disabled. */
export const isDisabledKey = (text: string): boolean => disabledKey.test(text);

/** How services word a limit that was passed where the status does not say it; Upwork's own wording is not documented. */
const limitExceeded =
  /\b(rate|request|call|usage|api)s?[ -](limit|quota)s?\b[^.]{0,40}\b(exceeded|reached)\b|\b(exceeded|reached)\b[^.]{0,40}\b(rate|request|call|usage|api)s?[ -](limit|quota)|\btoo many requests\b/i;

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

/** The gateway's answer where the upstream gave none that could be used. */
export function upstreamProblem(error: UpstreamError): Problem {
  const options = {
    cause: error,
    members: { stage: error.stage, sent: error.sent },
  };
  const spent = error.sent
    ? "The call may have reached Upwork, so its unit stays spent; look there before you repeat what changes something."
    : "Nothing was sent; call again.";
  switch (error.reason) {
    case "timeout":
      return new Problem(
        "upstream-timeout",
        `Upwork did not answer in time (stage: ${error.stage}). ${spent}`,
        options,
      );
    case "unreachable":
      return new Problem("upstream-unreachable", `Upwork cannot be reached (stage: ${error.stage}). ${spent}`, options);
    case "truncated":
      return new Problem(
        "upstream-answer-refused",
        "Upwork's answer ended early, and a cut body is never passed on. Call again; look first where the call changes something.",
        options,
      );
    case "too-large":
      return new Problem(
        "upstream-answer-refused",
        "Upwork's answer is larger than Lambda can pass on. Ask for less, such as a smaller page.",
        options,
      );
  }
}
