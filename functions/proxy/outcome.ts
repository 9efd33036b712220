import type { Outcome } from "../budget/ledger.ts";
import { Problem } from "../platform/problem.ts";
import type { UpstreamError, UpstreamResponse } from "../platform/upstream.ts";

/** Upwork's wording for a disabled key is not documented; a 403 that speaks of one is taken for it. */
const disabledKey = /\b(key|application|app)\b[^.]{0,60}\b(disabled|suspended|deactivated)\b/i;

export const isDisabledKey = (text: string): boolean => disabledKey.test(text);

/** What an answer says about the upstream's limits. */
export function outcomeOf(answer: UpstreamResponse): Outcome {
  if (answer.status === 429) {
    const seconds = Number(answer.headers["retry-after"]);
    return Number.isFinite(seconds) && seconds > 0
      ? { kind: "limited", retryAfterMs: seconds * 1000 }
      : { kind: "limited" };
  }
  if (answer.status === 403) {
    const message = `${answer.headers["x-upwork-error-message"] ?? ""} ${Buffer.from(answer.body).toString("utf8", 0, 2_000)}`;
    if (isDisabledKey(message)) return { kind: "disabled" };
  }
  return { kind: "ok" };
}

/** The gateway's answer where the upstream gave none that could be used. */
export function upstreamProblem(error: UpstreamError): Problem {
  const options = {
    cause: error,
    members: { stage: error.stage, sent: error.sent },
  };
  const spent = error.sent ? "The call may have reached Upwork, so its unit stays spent." : "Nothing was sent.";
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
        "Upwork's answer ended early; a cut body is never passed on.",
        options,
      );
    case "too-large":
      return new Problem("upstream-answer-refused", "Upwork's answer is larger than Lambda can pass on.", options);
  }
}
