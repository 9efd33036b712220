import { createHmac, timingSafeEqual } from "node:crypto";
import { type Pair, percentEncode } from "../oauth/signing.ts";
import type { SignedRequest } from "./oauth1-request.ts";

/** What a signature is checked against: the request, where it may have been sent to, and the shared secrets. */
export type Claim = {
  method: string;
  urls: readonly string[];
  request: Pick<SignedRequest, "protocol" | "query" | "form" | "signature">;
  consumerSecret: string;
  tokenSecret: string;
};

export type Verdict =
  | { isValid: true }
  /** `culprit` names the parameter that the client most likely signed as something else. */
  | { isValid: false; why: string; culprit?: string; baseString: string };

type Encode = (text: string) => string;

/**
 * To find out why a signature does not match takes one more for each parameter at each address, over all that was sent: not
 * for any number, and not for any length, in characters. A long form would take longer than a call may.
 */
const maxTried = 100;
const maxTriedLength = 20_000;

/** Checks a signature, HMAC-SHA1 (RFC 5849 section 3.4.2). Where it does not match, tries to find out why. */
export function verifySignature(claim: Claim): Verdict {
  const { request, urls } = claim;
  const pairs = [...request.protocol, ...request.query, ...request.form];
  if (urls.some((url) => matches(claim, { url, pairs }))) return { isValid: true };
  const isLong = pairs.length > maxTried || pairs.flat().join("").length > maxTriedLength;
  const tried = isLong ? [] : hypotheses(claim);
  const found = tried.find((hypothesis) => urls.some((url) => matches(claim, { url, pairs, ...hypothesis })));
  const baseString = baseStringOf(claim.method, urls[0] ?? "", pairs, percentEncode);
  if (found !== undefined) {
    const { why, culprit } = found;
    return { isValid: false, why, baseString, ...(culprit === undefined ? {} : { culprit }) };
  }
  return { isValid: false, baseString, ...suspicion(request) };
}

type Attempt = {
  url: string;
  pairs: readonly Pair[];
  encode?: Encode;
  consumerSecret?: string;
  tokenSecret?: string;
  method?: string;
};

function matches(claim: Claim, attempt: Attempt): boolean {
  const { consumerSecret = claim.consumerSecret, tokenSecret = claim.tokenSecret } = attempt;
  const { method = claim.method, url, pairs, encode = percentEncode } = attempt;
  const key = `${percentEncode(consumerSecret)}&${percentEncode(tokenSecret)}`;
  const expected = createHmac("sha1", key)
    .update(baseStringOf(method, url, pairs, encode))
    .digest();
  const given = Buffer.from(claim.request.signature, "base64");
  return given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
}

/** The signature base string (RFC 5849 section 3.4.1). */
function baseStringOf(method: string, url: string, pairs: readonly Pair[], encode: Encode): string {
  const encoded = pairs.map(([name, value]) => [encode(name), encode(value)] as const);
  const sorted = encoded.toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y));
  const parameters = sorted.map(([name, value]) => `${name}=${value}`).join("&");
  return [method, url, parameters].map(percentEncode).join("&");
}

// By code units, as the RFC wants bytes: what is encoded is ASCII.
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

type Hypothesis = Omit<Partial<Attempt>, "url"> & { url?: string; why: string; culprit?: string };

/** What clients are known to sign instead of what they send; the measured traps of Upwork's Node client first. */
function hypotheses({ method, request, urls }: Claim): Hypothesis[] {
  const { protocol, query, form } = request;
  const sent = [...query, ...form];
  const pairs = [...protocol, ...sent];
  const change = (target: Pair, value: string): readonly Pair[] =>
    pairs.map((pair) => (pair === target ? [pair[0], value] : pair));
  const each = (test: (pair: Pair) => boolean, make: (pair: Pair) => Hypothesis[]) => sent.filter(test).flatMap(make);
  const [firstUrl = ""] = urls;
  return [
    ...each(
      ([, value]) => value === "0" || value === "false",
      (pair) => [
        {
          pairs: change(pair, ""),
          culprit: pair[0],
          why: `the client sent ${pair[0]}=${pair[1]} and signed it as empty, as Upwork's Node client does with the number 0 and with false. Pass it as a string: "${pair[1]}"`,
        },
      ],
    ),
    {
      pairs: pairs.map(([name, value]) => [
        name,
        sent.some(([known]) => known === name) && /^(0|false)$/.test(value) ? "" : value,
      ]),
      why: "the client signed parameters that are 0 or false as empty. Pass numbers and booleans as strings",
    },
    ...each(
      ([, value]) => value === "",
      (pair) => [
        {
          pairs: change(pair, "[object Object]"),
          culprit: pair[0],
          why: `the client was given an object for ${pair[0]} and sent nothing for it. Flatten it: ${pair[0]}[name]=value`,
        },
      ],
    ),
    {
      pairs: [...protocol, ...indexed(sent)],
      why: "a name stands more than once in the path's own query, and the client signed it as name[0], name[1]. Pass parameters as an object, not in the path",
      ...(repeated(sent) === undefined ? {} : { culprit: repeated(sent) ?? "" }),
    },
    ...each(
      ([, value]) => value.includes(" ") || value.includes("+"),
      (pair) => [
        {
          pairs: change(pair, pair[1].replaceAll(" ", "+")),
          culprit: pair[0],
          why: `the client signed the spaces of ${pair[0]} as plus signs. A space is %20 in a signature`,
        },
        {
          pairs: change(pair, pair[1].replaceAll(" ", "%20")),
          culprit: pair[0],
          why: `the client percent-encoded ${pair[0]} twice before it signed`,
        },
      ],
    ),
    { encode: withTilde, why: "the client signed ~ as %7E. RFC 5849 leaves it as it is", ...blame(sent, /~/) },
    {
      encode: encodeURIComponent,
      why: "the client did not percent-encode ! ' ( ) * before it signed",
      ...blame(sent, /[!'()*]/),
    },
    { pairs: protocol, why: "the client signed none of the parameters it sent" },
    { pairs: [...protocol, ...query], why: "the client did not sign the form it sent" },
    { pairs: [...protocol, ...form], why: "the client did not sign the query it sent" },
    { tokenSecret: "", why: "the client signed without the token's secret. Set the access token and its secret first" },
    ...["PUT", "DELETE", "POST", "GET"]
      .filter((other) => other !== method)
      .map((other) => ({ method: other, why: `the client signed the method ${other} and sent ${method}` })),
    ...["https://www.upwork.com", "http://www.upwork.com"].map((origin) => ({
      url: origin + new URL(firstUrl, "https://gateway.invalid").pathname,
      why: "the client signed for www.upwork.com. Set its base URL (UPWORKAPI) to the gateway's instead of redirecting it",
    })),
  ];
}

const withTilde: Encode = (text) => percentEncode(text).replaceAll("~", "%7E");

function blame(sent: readonly Pair[], pattern: RegExp): { culprit?: string } {
  const name = sent.find(([known, value]) => pattern.test(known) || pattern.test(value))?.[0];
  return name === undefined ? {} : { culprit: name };
}

function repeated(sent: readonly Pair[]): string | undefined {
  return sent.find(([name], index) => sent.findIndex(([other]) => other === name) !== index)?.[0];
}

/** Repeats of a name as some clients sign them: `name[0]`, `name[1]`. */
function indexed(sent: readonly Pair[]): Pair[] {
  const seen = new Map<string, number>();
  return sent.map(([name, value]) => {
    if (sent.filter(([other]) => other === name).length === 1) return [name, value];
    const index = seen.get(name) ?? 0;
    seen.set(name, index + 1);
    return [`${name}[${index}]`, value];
  });
}

/** Where no known trap explains it: the parameter most worth a look, else the secrets. */
function suspicion({ query, form }: Claim["request"]): { why: string; culprit?: string } {
  const sent = [...query, ...form];
  const empty = sent.find(([, value]) => value === "")?.[0];
  if (empty !== undefined) {
    return {
      culprit: empty,
      why: `perhaps ${empty}, which came empty: clients sign something else for objects, null and undefined. Otherwise the consumer's or the token's secret is wrong`,
    };
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what is not ASCII is what is looked for
  const special = sent.find(([name, value]) => /[^\u0000-\u007f]|[~!*'()+ ]/.test(name + value))?.[0];
  if (special !== undefined) {
    return {
      culprit: special,
      why: `perhaps ${special}, whose characters clients encode in different ways. Otherwise the consumer's or the token's secret is wrong`,
    };
  }
  return { why: "the consumer's or the token's secret is wrong, or the request was changed on its way" };
}
