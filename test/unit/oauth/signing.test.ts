import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createNonce, encodePairs, percentEncode, signRequest } from "../../../functions/oauth/signing.ts";
import { baseString, collectParameters, isSignedBy } from "../../../sandbox/oauth1/signature.ts";
import { checkVectors, readVectors } from "../../support/vectors.ts";

test("signs every vector of an independent implementation alike", () => {
  const vectors = readVectors(readFileSync(new URL("../../data/oauth1-signatures.json", import.meta.url), "utf8"));
  expect(checkVectors(vectors)).toEqual({ vectors: 60, equal: 60, differences: [] });
});

test("notices a vector that differs", () => {
  const vectors = readVectors(readFileSync(new URL("../../data/oauth1-signatures.json", import.meta.url), "utf8"));
  const broken = vectors.map((vector, index) => (index === 3 ? { ...vector, nonce: "another" } : vector));
  expect(checkVectors(broken)).toMatchObject({ vectors: 60, equal: 59 });
});

const text = fc.string({ unit: "grapheme", maxLength: 12 }).filter((value) => value.isWellFormed());
const name = text.filter((value) => value !== "" && value !== "__proto__" && !value.startsWith("oauth_"));

test("is verified by a server that shares none of its code, whatever the parameters are", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(name, text), { maxLength: 6 }),
      fc.array(fc.tuple(name, text), { maxLength: 6 }),
      fc.tuple(text, text),
      (query, form, [consumerSecret, tokenSecret]) => {
        const url = new URL("http://localhost:4100/api/profiles/v1/jobs/~01a;~01b");
        const { header } = signRequest({
          method: "POST",
          url,
          parameters: [...query, ...form],
          consumer: { key: "consumer", secret: consumerSecret },
          token: { key: "token", secret: tokenSecret },
          nonce: "n0nce",
          timestamp: 1_700_000_000,
        });
        const wire = {
          method: "POST",
          origin: url.origin,
          path: url.pathname,
          query: encodePairs(query),
          authorization: header,
          form: encodePairs(form),
        };
        const parameters = collectParameters(wire);
        expect(parameters && isSignedBy(wire, parameters, consumerSecret, tokenSecret)).toBe(true);
        expect(parameters && isSignedBy(wire, parameters, `${consumerSecret}x`, tokenSecret)).toBe(false);
        expect(parameters && baseString(wire, parameters)).toContain("POST&http%3A%2F%2Flocalhost%3A4100");
      },
    ),
  );
});

test("percent-encodes all but the unreserved characters", () => {
  expect(percentEncode("a-._~ +;!'()*é")).toBe("a-._~%20%2B%3B%21%27%28%29%2A%C3%A9");
});

test("draws 32 hex digits for a nonce, never the same", () => {
  const nonces = Array.from({ length: 100 }, createNonce);
  expect(new Set(nonces).size).toBe(100);
  expect(nonces[0]).toMatch(/^[0-9a-f]{32}$/);
});
