import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodePairs } from "../../../../functions/oauth/signing.ts";
import {
  baseString,
  collectParameters,
  isSignedBy,
  parseAuthorization,
  parseForm,
  type WireRequest,
} from "../../../../sandbox/oauth1/signature.ts";
import { readVectors, type Vector } from "../../../support/vectors.ts";

const vectors = readVectors(readFileSync(new URL("../../../data/oauth1-signatures.json", import.meta.url), "utf8"));

/** A vector as it would come over the wire, its protocol parameters in the header. */
function wire(vector: Vector): WireRequest {
  const url = new URL(vector.url);
  const protocol = {
    oauth_consumer_key: vector.consumer.key,
    oauth_nonce: vector.nonce,
    oauth_signature: vector.signature,
    oauth_signature_method: "HMAC-SHA1",
    oauth_timestamp: String(vector.timestamp),
    ...(vector.token ? { oauth_token: vector.token.key } : {}),
    oauth_version: "1.0",
  };
  const header = Object.entries(protocol).map(([name, value]) => `${name}="${encodePairs([["", value]]).slice(1)}"`);
  return {
    method: vector.method,
    origin: url.origin,
    path: url.pathname,
    query: encodePairs(vector.query),
    authorization: `OAuth realm="of no account", ${header.join(", ")}`,
    form: vector.form.length === 0 ? undefined : encodePairs(vector.form),
  };
}

const verifies = (request: WireRequest, { consumer, token }: Vector) =>
  isSignedBy(request, collectParameters(request) ?? [], consumer.secret, token?.secret ?? "");

test("verifies every signature that an independent implementation made", () => {
  expect(vectors.length).toBeGreaterThanOrEqual(60);
  for (const vector of vectors) {
    const request = wire(vector);
    expect(baseString(request, collectParameters(request) ?? [])).toBe(vector.base_string);
    expect(verifies(request, vector)).toBe(true);
  }
});

test("verifies none of them after any change", () => {
  for (const vector of vectors) {
    const request = wire(vector);
    const changed: WireRequest[] = [
      { ...request, method: `${request.method}X` },
      { ...request, origin: `${request.origin}1` },
      { ...request, path: `${request.path}/` },
      { ...request, query: request.query === "" ? "a=b" : `${request.query}&a=b` },
      { ...request, form: request.form === undefined ? "a=b" : `${request.form}&a=b` },
      { ...request, authorization: request.authorization?.replace(vector.nonce, `${vector.nonce}1`) },
    ];
    for (const request of changed) expect(verifies(request, vector)).toBe(false);
    expect(verifies(request, { ...vector, consumer: { ...vector.consumer, secret: "guess" } })).toBe(false);
    expect(verifies(request, { ...vector, token: { key: "", secret: "guess" } })).toBe(false);
  }
});

test("reads a form as it was written, whoever wrote it", () => {
  const text = fc.string({ unit: "grapheme" }).filter((value) => value.isWellFormed());
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text)), (pairs) => {
      const named = pairs.filter(([name, value]) => name !== "" || value !== "");
      expect(parseForm(encodePairs(named))).toEqual(named);
      // A browser writes a space as a plus sign.
      expect(parseForm(new URLSearchParams(named).toString())).toEqual(named);
    }),
  );
  expect(parseForm("a&b=&=c&&d=e=f")).toEqual([
    ["a", ""],
    ["b", ""],
    ["", "c"],
    ["d", "e=f"],
  ]);
  expect(parseForm("a=%zz")).toBeUndefined();
});

test("reads the header of every official client, with and without spaces, and never the realm", () => {
  const expected = [
    ["oauth_nonce", "a b"],
    ["oauth_token", ""],
  ];
  expect(parseAuthorization('OAuth oauth_nonce="a%20b",oauth_token=""')).toEqual(expected);
  expect(parseAuthorization('oauth  realm="x", oauth_nonce="a%20b",\t oauth_token=""')).toEqual(expected);
  expect(parseAuthorization("Bearer oauth_nonce")).toEqual([]);
  expect(parseAuthorization('OAuth oauth_nonce="%zz"')).toEqual([]);
});

test("takes any header, query and form without falling over", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (header, query, form) => {
      const authorization = `OAuth ${header}`;
      const request = { method: "GET", origin: "http://a", path: "/", query, authorization, form };
      const parameters = collectParameters(request);
      if (parameters !== undefined) expect(isSignedBy(request, parameters, "consumer", "token")).toBe(false);
    }),
  );
});
