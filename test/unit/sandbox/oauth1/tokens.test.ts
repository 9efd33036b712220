import fc from "fast-check";
import { expect, test } from "vitest";
import { allowedSkewSeconds, createTokenStore } from "../../../../sandbox/oauth1/tokens.ts";

test("remembers a nonce for as long as its timestamp could be accepted", () => {
  // Verification refuses a timestamp further away than this before it looks at the nonce.
  const skew = fc.integer({ min: -allowedSkewSeconds, max: allowedSkewSeconds });
  fc.assert(
    fc.property(fc.array(fc.record({ pass: fc.nat(400), skew }), { maxLength: 30 }), (requests) => {
      const tokens = createTokenStore(undefined);
      const sent: number[] = [];
      let now = 1_700_000_000;
      for (const { pass, skew } of requests) {
        now += pass;
        const isFresh = !sent.includes(now + skew);
        expect(tokens.rememberNonce("key token", now + skew, "nonce")).toBe(isFresh);
        sent.push(now + skew);
        for (const earlier of sent) {
          if (Math.abs(now - earlier) > allowedSkewSeconds) continue;
          expect(tokens.rememberNonce("key token", earlier, "nonce")).toBe(false);
        }
      }
    }),
  );
});

test("keeps the nonces of different keys and tokens apart", () => {
  const tokens = createTokenStore(undefined);
  expect(tokens.rememberNonce("one", 1, "a")).toBe(true);
  expect(tokens.rememberNonce("two", 1, "a")).toBe(true);
  expect(tokens.rememberNonce("one", 1, "a")).toBe(false);
});

test("exchanges a request token once, and only after somebody allowed it", () => {
  const tokens = createTokenStore(undefined);
  const { token } = tokens.issueRequestToken("key", undefined, 0);
  expect(tokens.exchange(token)).toBeUndefined();
  expect(tokens.authorise(token, "ada")).toMatch(/^[0-9a-f]{32}$/);
  const issued = tokens.exchange(token);
  expect(issued).toEqual({
    token: expect.stringMatching(/^[0-9a-f]{32}$/),
    secret: expect.stringMatching(/^[0-9a-f]{16}$/),
  });
  expect(tokens.accessToken(issued?.token ?? "")).toMatchObject({ consumerKey: "key", userId: "ada" });
  expect(tokens.exchange(token)).toBeUndefined();
  expect(tokens.authorise(token, "ada")).toBeUndefined();
  tokens.revokeAll();
  expect(tokens.accessToken(issued?.token ?? "")).toBeUndefined();
});
