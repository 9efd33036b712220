import type { Pair } from "../oauth/signing.ts";
import { Problem } from "../platform/problem.ts";

/**
 * Decodes a query string or a form body into pairs, in order, repeats and empty values included. Takes `+` and `%20`
 * for a space, and raw UTF-8 for itself.
 *
 * @throws Problem `parameters-refused` where the encoding is broken
 */
export function decodePairs(text: string, where: "query" | "form body"): Pair[] {
  const pairs: Pair[] = [];
  for (const piece of text.split("&")) {
    if (piece === "") continue;
    const equals = piece.indexOf("=");
    const name = decode(equals < 0 ? piece : piece.slice(0, equals), where);
    pairs.push([name, equals < 0 ? "" : decode(piece.slice(equals + 1), where)]);
  }
  return pairs;
}

/**
 * Decodes the parameters of a call.
 *
 * @throws Problem `parameters-refused` where the encoding is broken, or a parameter cannot be forwarded
 */
export function parsePairs(text: string, where: "query" | "form body"): Pair[] {
  const pairs = decodePairs(text, where);
  for (const [name] of pairs) {
    if (/^oauth_/i.test(name)) {
      throw new Problem(
        "parameters-refused",
        `The ${where} holds "${name}". The gateway signs calls itself; leave all oauth_ parameters out.`,
      );
    }
    // oauth-1.0a keeps parameters as members of plain objects, where this one name cannot stand.
    if (name === "__proto__") {
      throw new Problem(
        "parameters-refused",
        `The ${where} holds a parameter called "__proto__", which cannot be signed. Leave it out.`,
      );
    }
  }
  return pairs;
}

function decode(text: string, where: string): string {
  const broken = /%(?![0-9a-fA-F]{2})/.exec(text);
  if (broken) {
    throw new Problem(
      "parameters-refused",
      `The ${where} holds a % that encodes nothing: "${text.slice(broken.index, broken.index + 3)}". Write %25 for a percent sign.`,
    );
  }
  try {
    return decodeURIComponent(text.replaceAll("+", " ").toWellFormed());
  } catch {
    throw new Problem("parameters-refused", `The ${where} holds a percent-encoded value that is not UTF-8.`);
  }
}
