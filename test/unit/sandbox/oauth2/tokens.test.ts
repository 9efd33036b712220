import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type AuthorisationCode,
  createOAuth2Tokens,
  fitsChallenge,
  isRegistered,
  type OAuth2State,
} from "../../../../sandbox/oauth2/tokens.ts";

const hour = 3_600_000;
const day = 24 * hour;
const code: AuthorisationCode = { clientId: "key", userId: "ada", redirectUri: undefined, challenge: undefined };
const always = () => true;

function connected(tokens = createOAuth2Tokens(), now = 0) {
  const issued = tokens.redeemCode(tokens.issueCode(code, now), always, now);
  if (issued?.refreshToken === undefined) throw new Error("no pair for a code");
  return { access: issued.accessToken, refresh: issued.refreshToken };
}

describe("an authorisation code", () => {
  test("gives a pair of Upwork's form", () => {
    expect(connected()).toEqual({
      access: expect.stringMatching(/^oauth2v2_[0-9a-f]{32}$/),
      refresh: expect.stringMatching(/^oauth2v2_[0-9a-f]{32}$/),
    });
  });

  test("works until ten minutes have passed, and not a moment longer", () => {
    const tokens = createOAuth2Tokens();
    const [inTime, late] = [tokens.issueCode(code, 0), tokens.issueCode(code, 0)];
    expect(tokens.redeemCode(inTime, always, 600_000)).toBeDefined();
    expect(tokens.redeemCode(late, always, 600_001)).toBeUndefined();
  });

  test("used twice ends what it gave the first time", () => {
    const tokens = createOAuth2Tokens();
    const name = tokens.issueCode(code, 0);
    const first = tokens.redeemCode(name, always, 0);
    expect(tokens.find(first?.accessToken ?? "", 0)).toMatchObject({ userId: "ada" });
    expect(tokens.redeemCode(name, always, 1)).toBeUndefined();
    expect(tokens.find(first?.accessToken ?? "", 1)).toBeUndefined();
    expect(tokens.refresh(first?.refreshToken ?? "", "key", 1)).toBeUndefined();
  });

  test("is not used up by whoever cannot fit it", () => {
    const tokens = createOAuth2Tokens();
    const name = tokens.issueCode(code, 0);
    expect(tokens.redeemCode(name, () => false, 0)).toBeUndefined();
    expect(tokens.redeemCode(name, always, 0)).toBeDefined();
  });
});

describe("an access token", () => {
  test("lives 24 h", () => {
    const tokens = createOAuth2Tokens();
    const { access } = connected(tokens);
    expect(tokens.find(access, day)).toMatchObject({ clientId: "key", userId: "ada" });
    expect(tokens.find(access, day + 1)).toBeUndefined();
  });

  test("outlives the refresh that replaced it", () => {
    const tokens = createOAuth2Tokens();
    const { access, refresh } = connected(tokens);
    tokens.refresh(refresh, "key", hour);
    expect(tokens.find(access, hour)).toBeDefined();
  });
});

describe("a refresh token", () => {
  test("lives 14 days when it is not used", () => {
    const [one, other] = [createOAuth2Tokens(), createOAuth2Tokens()];
    expect(one.refresh(connected(one).refresh, "key", 14 * day)).toBeDefined();
    expect(other.refresh(connected(other).refresh, "key", 14 * day + 1)).toBeUndefined();
  });

  test("once used goes on for 24 h, however often it is used again", () => {
    const tokens = createOAuth2Tokens();
    const { refresh } = connected(tokens);
    const next = tokens.refresh(refresh, "key", 0);
    expect(next?.refreshToken).not.toBe(refresh);
    expect(tokens.refresh(refresh, "key", 23 * hour)).toBeDefined();
    expect(tokens.refresh(refresh, "key", day)).toBeDefined();
    expect(tokens.refresh(refresh, "key", day + 1)).toBeUndefined();
    expect(tokens.refresh(next?.refreshToken ?? "", "key", day + 1)).toBeDefined();
  });

  test("never lives longer for being used on its last day", () => {
    const tokens = createOAuth2Tokens();
    const { refresh } = connected(tokens);
    expect(tokens.refresh(refresh, "key", 14 * day - 1)).toBeDefined();
    expect(tokens.refresh(refresh, "key", 14 * day + 1)).toBeUndefined();
  });

  test("is of no use to another key", () => {
    const tokens = createOAuth2Tokens();
    const { refresh } = connected(tokens);
    expect(tokens.refresh(refresh, "another", 0)).toBeUndefined();
    tokens.revoke(refresh, "another");
    expect(tokens.refresh(refresh, "key", 0)).toBeDefined();
  });
});

test("keeps a connection alive as long as somebody refreshes within each 14 days", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 * day }), { maxLength: 12 }), (pauses) => {
      const tokens = createOAuth2Tokens();
      let [now, { refresh }] = [0, connected(tokens)];
      for (const pause of pauses) {
        now += pause;
        const pair = tokens.refresh(refresh, "key", now);
        expect(pair !== undefined).toBe(pause <= 14 * day);
        if (pair?.refreshToken === undefined) return;
        expect(tokens.find(pair.accessToken, now + day)).toBeDefined();
        refresh = pair.refreshToken;
      }
    }),
  );
});

test("revoking a refresh token ends its consent's access tokens; revoking an access token ends that one", () => {
  const tokens = createOAuth2Tokens();
  const [first, second] = [connected(tokens), connected(tokens)];
  tokens.revoke(first.refresh, "key");
  expect(tokens.find(first.access, 0)).toBeUndefined();
  expect(tokens.find(second.access, 0)).toBeDefined();
  tokens.revoke(second.access, "key");
  expect(tokens.find(second.access, 0)).toBeUndefined();
  expect(tokens.refresh(second.refresh, "key", 0)).toBeDefined();
});

test("a key's tokens end together, and nobody else's", () => {
  const tokens = createOAuth2Tokens();
  const { access } = connected(tokens);
  const other = tokens.issueAccess({ clientId: "other", userId: "ada" }, 0);
  expect(other.refreshToken).toBeUndefined();
  tokens.revokeAll("key");
  expect(tokens.list(0)).toEqual([
    { kind: "access", token: other.accessToken, clientId: "other", userId: "ada", expiresAt: day },
  ]);
  tokens.revokeAll();
  expect([tokens.find(access, 0), tokens.list(0)]).toEqual([undefined, []]);
});

test("hands every change to whoever keeps it, and goes on from there without what has died since", () => {
  let kept: OAuth2State | undefined;
  const { access, refresh } = connected(createOAuth2Tokens(undefined, (state) => (kept = state)));
  const again = createOAuth2Tokens(structuredClone(kept), (state) => (kept = state));
  expect(again.find(access, 1)).toMatchObject({ userId: "ada" });
  expect(again.refresh(refresh, "key", 13 * day)).toBeDefined();
  expect(kept?.access.map(([name]) => name)).not.toContain(access);
  expect(kept?.access).toHaveLength(1);
});

describe("PKCE", () => {
  const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

  test("takes the pair of RFC 7636 appendix B", () => {
    const challenge = { method: "S256", value: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" } as const;
    expect(fitsChallenge(challenge, verifier)).toBe(true);
    expect(fitsChallenge(challenge, `${verifier}.`)).toBe(false);
    expect(fitsChallenge(challenge, undefined)).toBe(false);
  });

  test("takes a plain challenge, and a missing one only without a verifier", () => {
    expect(fitsChallenge({ method: "plain", value: verifier }, verifier)).toBe(true);
    expect(fitsChallenge({ method: "plain", value: verifier }, "other")).toBe(false);
    expect(fitsChallenge(undefined, undefined)).toBe(true);
    expect(fitsChallenge(undefined, verifier)).toBe(false);
  });

  test("fits a verifier to its own challenge and to no other", () => {
    const verifiers = fc.stringMatching(/^[A-Za-z0-9._~-]{43,128}$/);
    fc.assert(
      fc.property(verifiers, verifiers, (mine, theirs) => {
        const challenge = { method: "S256", value: createHash("sha256").update(mine).digest("base64url") } as const;
        expect(fitsChallenge(challenge, mine)).toBe(true);
        expect(fitsChallenge(challenge, theirs)).toBe(mine === theirs);
      }),
    );
  });
});

test.each([
  ["https://app.example/cb", true],
  ["https://app.example/cb/", false],
  ["https://app.example/CB", false],
  ["https://app.example:443/cb", false],
  ["https://app.example/cb?x=1", false],
  ["http://localhost/cb", true],
  ["http://localhost:4000/cb", true],
  ["http://127.0.0.1:4000/cb", false],
  ["http://localhost:4000/other", false],
  ["http://localhost:4000@evil.example/cb", false],
  ["http://localhost.evil.example:80/cb", false],
])("a key with two addresses registered may be called back at %s: %s", (asked, isAllowed) => {
  expect(isRegistered(["https://app.example/cb", "http://localhost/cb"], asked)).toBe(isAllowed);
});
