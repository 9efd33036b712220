import { createHmac } from "node:crypto";
import { baseString, encode, type Pair, signingKey, type WireRequest } from "./signature.ts";

/** Why a signature is refused, for a person who wonders. Holds no secret. */
export type Explanation = {
  /** What should have been signed. */
  expected: string;
  /** What was signed instead, in words; `undefined` where no common mistake gives this signature. */
  mistake: string | undefined;
  /** Where both base strings part. */
  firstDifference: string | undefined;
};

type Mistake = { text: string; base?: string; key?: string };

/**
 * Explains a signature that does not verify: signs what other clients are known to sign by mistake, and sees whether one
 * of them comes to the same.
 *
 * @param own the base string that the caller says it signed, if it says so
 */
export function explainSignature(
  request: WireRequest,
  parameters: readonly Pair[],
  secrets: { consumer: string; token: string },
  own?: string,
): Explanation {
  const expected = baseString(request, parameters);
  const key = signingKey(secrets.consumer, secrets.token);
  const given = parameters.find(([name]) => name === "oauth_signature")?.[1] ?? "";
  const sign = (mistake: Mistake) =>
    createHmac("sha1", mistake.key ?? key)
      .update(mistake.base ?? expected)
      .digest("base64");
  const found = mistakesIn(request, parameters, secrets, expected).find((mistake) => sign(mistake) === given);
  const compared = own ?? found?.base;
  return {
    expected,
    mistake: found?.text,
    firstDifference: compared === undefined ? undefined : differenceOf(expected, compared),
  };
}

/** `character 12: "%20b" is expected, "%2Bb" was signed`, or that both are the same and a secret is wrong. */
export function differenceOf(expected: string, signed: string): string {
  let at = 0;
  while (at < expected.length && at < signed.length && expected[at] === signed[at]) at += 1;
  if (at === expected.length && at === signed.length) return "none: the base strings are the same, so a secret differs";
  // Within an escape the whole of it is of interest.
  const from = Math.max(0, expected.slice(0, at).lastIndexOf("%", at), at - 4);
  const start = at - from > 4 ? at : from;
  return `character ${at + 1}: "${expected.slice(start, at + 20)}" is expected, "${signed.slice(start, at + 20)}" was signed`;
}

/** What clients sign by mistake, as the trouble with Upwork's own clients and others has shown. */
function mistakesIn(
  request: WireRequest,
  parameters: readonly Pair[],
  { consumer, token }: { consumer: string; token: string },
  expected: string,
): Mistake[] {
  const signed = parameters.filter(([name]) => name !== "oauth_signature");
  const protocol = signed.filter(([name]) => name.startsWith("oauth_"));
  const given = signed.filter(([name]) => !name.startsWith("oauth_"));
  const [method = "", url = "", normalised = ""] = expected.split("&");
  const join = (...parts: string[]) => parts.join("&");
  const address = (text: string) => join(method, encode(text), normalised);
  const withParameters = (pairs: readonly Pair[]) => baseString(request, pairs);
  const plain = request.origin + request.path;
  const unsorted = signed.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
  const rewritten = (change: (encoded: string) => string) => {
    const pairs = signed
      .map(([name, value]) => `${change(encode(name))}=${change(encode(value))}`)
      .toSorted((a, b) => (a < b ? -1 : 1));
    return join(method, url, encode(pairs.join("&")));
  };
  return [
    { text: "the token secret was left out of the key", key: signingKey(consumer, "") },
    { text: "the consumer secret was left out of the key", key: signingKey("", token) },
    { text: "the secrets were joined without the ampersand", key: encode(consumer) + encode(token) },
    { text: "consumer secret and token secret were swapped", key: signingKey(token, consumer) },
    { text: "the parameters of the query were left out", base: withParameters(without(signed, request.query)) },
    { text: "the parameters of the form were left out", base: withParameters(without(signed, request.form ?? "")) },
    { text: "only the protocol parameters were signed", base: withParameters(protocol) },
    { text: "the protocol parameters were left out", base: withParameters(given) },
    { text: "the parameters were not sorted", base: join(method, url, encode(unsorted)) },
    { text: "spaces were written as plus signs", base: rewritten((text) => text.replaceAll("%20", "+")) },
    { text: "the tilde was percent-encoded", base: rewritten((text) => text.replaceAll("~", "%7E")) },
    {
      text: "exclamation mark, apostrophe, parentheses or asterisk were not percent-encoded",
      base: rewritten((text) => text.replace(/%(21|27|28|29|2A)/g, (code) => decodeURIComponent(code))),
    },
    { text: "names and values were not encoded before they were joined", base: rewritten(decodeURIComponent) },
    { text: "escapes were written in lower case", base: lowerEscapes(expected) },
    {
      text: "values that are 0 or false were signed as empty",
      base: withParameters(signed.map(([name, value]) => [name, value === "0" || value === "false" ? "" : value])),
    },
    { text: "empty values were left out", base: withParameters(signed.filter(([, value]) => value !== "")) },
    { text: "the address was signed with https", base: address(plain.replace(/^http:/, "https:")) },
    { text: "the address was signed with http", base: address(plain.replace(/^https:/, "http:")) },
    { text: "the port was left out of the address", base: address(plain.replace(/^(\w+:\/\/[^/]*?):\d+/, "$1")) },
    { text: "the address was signed as Upwork's", base: address(`https://www.upwork.com${request.path}`) },
    { text: "the address was signed with its query", base: address(`${plain}?${request.query}`) },
    { text: "the address was signed without its suffix", base: address(plain.replace(/\.(json|xml)$/, "")) },
    { text: "the path was decoded before it was signed", base: address(request.origin + decoded(request.path)) },
    { text: "the path was percent-encoded once more", base: address(request.origin + encodedPath(request.path)) },
    ...["GET", "POST", "PUT", "DELETE", method.toLowerCase()].map((other) => ({
      text: `the method was signed as ${other}`,
      base: join(other, url, normalised),
    })),
  ].filter(({ base }) => base !== expected);
}

function without(pairs: readonly Pair[], encoded: string): Pair[] {
  const gone = new URLSearchParams(encoded);
  return pairs.filter(([name, value]) => !(!name.startsWith("oauth_") && gone.has(name, value)));
}

const lowerEscapes = (text: string) => text.replace(/%25[0-9A-F]{2}|%[0-9A-F]{2}/g, (code) => code.toLowerCase());

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

const encodedPath = (path: string) => path.split("/").map(encode).join("/");
