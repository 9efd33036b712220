import { percentEncode } from "../oauth/signing.ts";
import { Problem } from "../platform/problem.ts";

const maxLength = 2_048;

/** What makes a path unsafe, each with the sentence that says so. Checked on the decoded path. */
const refusals: readonly { pattern: RegExp; why: string }[] = [
  { pattern: /^(?!\/(api|gds)\/)/, why: "it must start with /api/ or /gds/" },
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  { pattern: /[\u0000-\u001f\u007f-\u009f]/, why: "it holds control characters" },
  { pattern: /\\/, why: "it holds a backslash" },
  { pattern: /\/\//, why: "it holds an empty segment (//)" },
  // Some servers cut path parameters off: to them `..;x` is `..`.
  { pattern: /\/\.{1,2}(;|\/|$)/, why: "it holds a . or .. segment" },
  { pattern: /%[0-9a-f]{2}/i, why: "it holds characters that are percent-encoded twice, or an encoded slash" },
  { pattern: /[?#]/, why: "it holds an encoded ? or #" },
  { pattern: /[\ufffd\ud800-\udfff]/u, why: "it is not valid UTF-8" },
  { pattern: /@/, why: "it holds an @" },
];

/**
 * The path to call upstream, percent-encoded, or a refusal. Nothing that could leave `/api/` or `/gds/`, or reach
 * another host, passes. `;` and `~` are legal in Upwork's paths and stay as they are.
 *
 * @throws Problem `path-refused` naming the reason
 */
export function upstreamPath(decodedPath: string): string {
  if (decodedPath.length > maxLength) {
    throw new Problem("path-refused", `The path is refused: it is longer than ${maxLength} characters.`);
  }
  const refusal = refusals.find(({ pattern }) => pattern.test(decodedPath));
  if (refusal) throw new Problem("path-refused", `The path is refused: ${refusal.why}.`);
  return decodedPath.split("/").map(encodeSegment).join("/");
}

function encodeSegment(segment: string): string {
  return percentEncode(segment).replace(/%3B|%2C|%3A/g, decodeURIComponent);
}
