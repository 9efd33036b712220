import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { differenceOf, explainSignature } from "../../../../sandbox/oauth1/diagnose.ts";
import { baseString, encode, isSignedBy, type Pair, type WireRequest } from "../../../../sandbox/oauth1/signature.ts";

const secrets = { consumer: "consumer-secret", token: "token-secret" };
const key = "consumer-secret&token-secret";
const request: WireRequest = {
  method: "POST",
  origin: "http://localhost:4100",
  path: "/api/profiles/v1/jobs/~01;~02.json",
  query: "q=a%20b~c&paging=0%3B10",
  authorization: undefined,
  form: "z=0&note=it%27s%20(so)&empty=",
};
const protocol: Pair[] = [
  ["oauth_consumer_key", "ck"],
  ["oauth_nonce", "n"],
  ["oauth_signature_method", "HMAC-SHA1"],
  ["oauth_timestamp", "1700000000"],
  ["oauth_token", "t"],
  ["oauth_version", "1.0"],
];
const query: Pair[] = [
  ["q", "a b~c"],
  ["paging", "0;10"],
];
const form: Pair[] = [
  ["z", "0"],
  ["note", "it's (so)"],
  ["empty", ""],
];
const all = [...protocol, ...query, ...form];
const hmac = (base: string, secret = key) => createHmac("sha1", secret).update(base).digest("base64");

/** Explains the request with a signature that somebody else made of it. */
const explain = (signature: string, own?: string) =>
  explainSignature(request, [...all, ["oauth_signature", signature]], secrets, own);

/** The base string of RFC 5849, put together here by other means, so that mistakes can be made in it. */
function base(
  change: {
    method?: string;
    address?: string;
    pairs?: readonly Pair[];
    escaped?: (text: string) => string;
    isUnsorted?: boolean;
  } = {},
): string {
  const escaped = change.escaped ?? encode;
  const pairs = (change.pairs ?? all).map(([name, value]) => `${escaped(name)}=${escaped(value)}`);
  const ordered = change.isUnsorted ? pairs : pairs.toSorted((a, b) => (a < b ? -1 : 1));
  return [
    change.method ?? "POST",
    encode(change.address ?? request.origin + request.path),
    encode(ordered.join("&")),
  ].join("&");
}

test("expects the base string that the verification uses", () => {
  expect(explain("x").expected).toBe(base());
  expect(baseString(request, all)).toBe(base());
});

describe("knows what was done instead, when", () => {
  const { origin, path } = request;
  test.each<[mistake: string, signature: string]>([
    ["the token secret was left out of the key", hmac(base(), "consumer-secret&")],
    ["the consumer secret was left out of the key", hmac(base(), "&token-secret")],
    ["the secrets were joined without the ampersand", hmac(base(), "consumer-secrettoken-secret")],
    ["consumer secret and token secret were swapped", hmac(base(), "token-secret&consumer-secret")],
    ["the parameters of the query were left out", hmac(base({ pairs: [...protocol, ...form] }))],
    ["the parameters of the form were left out", hmac(base({ pairs: [...protocol, ...query] }))],
    ["only the protocol parameters were signed", hmac(base({ pairs: protocol }))],
    ["the protocol parameters were left out", hmac(base({ pairs: [...query, ...form] }))],
    ["the parameters were not sorted", hmac(base({ isUnsorted: true }))],
    ["spaces were written as plus signs", hmac(base({ escaped: (text) => encode(text).replaceAll("%20", "+") }))],
    ["the tilde was percent-encoded", hmac(base({ escaped: (text) => encode(text).replaceAll("~", "%7E") }))],
    [
      "exclamation mark, apostrophe, parentheses or asterisk were not percent-encoded",
      hmac(base({ escaped: encodeURIComponent })),
    ],
    ["names and values were not encoded before they were joined", hmac(base({ escaped: (text) => text }))],
    [
      "escapes were written in lower case",
      hmac(base().replace(/%25[0-9A-F]{2}|%[0-9A-F]{2}/g, (text) => text.toLowerCase())),
    ],
    [
      "values that are 0 or false were signed as empty",
      hmac(base({ pairs: all.map(([name, value]) => [name, value === "0" ? "" : value]) })),
    ],
    ["empty values were left out", hmac(base({ pairs: all.filter(([, value]) => value !== "") }))],
    ["the address was signed with https", hmac(base({ address: `https://localhost:4100${path}` }))],
    ["the port was left out of the address", hmac(base({ address: `http://localhost${path}` }))],
    ["the address was signed as Upwork's", hmac(base({ address: `https://www.upwork.com${path}` }))],
    ["the address was signed with its query", hmac(base({ address: `${origin}${path}?${request.query}` }))],
    ["the address was signed without its suffix", hmac(base({ address: (origin + path).replace(".json", "") }))],
    ["the path was percent-encoded once more", hmac(base({ address: (origin + path).replace(";", "%3B") }))],
    ["the method was signed as DELETE", hmac(base({ method: "DELETE" }))],
    ["the method was signed as post", hmac(base({ method: "post" }))],
  ])("%s", (mistake, signature) => {
    expect(isSignedBy(request, [...all, ["oauth_signature", signature]], secrets.consumer, secrets.token)).toBe(false);
    expect(explain(signature).mistake).toBe(mistake);
  });
});

test("shows where the signed base string parts from the expected one", () => {
  const { firstDifference } = explain(hmac(base({ method: "PUT" })));
  expect(firstDifference).toBe('character 2: "POST&http%3A%2F%2Floc" is expected, "PUT&http%3A%2F%2Floca" was signed');
});

test("compares with what the caller says it signed, and says when only a secret can be wrong", () => {
  expect(explain("x", `${base()}&more`).firstDifference).toMatch(
    /^character \d+: ".*" is expected, ".*&more" was signed$/,
  );
  expect(explain("x", base()).firstDifference).toContain("a secret differs");
  expect(explain("x")).toEqual({ expected: base(), mistake: undefined, firstDifference: undefined });
});

test("gives away no secret, whatever was signed with", () => {
  const shown = JSON.stringify([explain(hmac(base(), "consumer-secret&")), explain("x", "y")]);
  expect(shown).not.toContain("consumer-secret");
  expect(shown).not.toContain("token-secret");
});

test("names the place of the first difference of any two texts", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (expected, signed) => {
      const said = differenceOf(expected, signed);
      const at = Number(/^character (\d+):/.exec(said)?.[1]) - 1;
      if (expected === signed) expect(said).toMatch(/^none/);
      else {
        expect(signed.slice(0, at)).toBe(expected.slice(0, at));
        expect(signed[at]).not.toBe(expected[at]);
      }
    }),
  );
});
