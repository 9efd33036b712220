import { Problem } from "../platform/problem.ts";
import type { UpstreamError } from "../platform/upstream.ts";

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
