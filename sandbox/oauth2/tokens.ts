import { createHash, randomBytes } from "node:crypto";

/** An OAuth 2.0 key, as Upwork's API Center hands it out today. */
export type OAuth2Application = {
  clientId: string;
  clientSecret: string;
  /** Whoever the key belongs to; a client-credentials token acts for this person. */
  ownerId: string;
  /** Compared letter by letter; a loopback URI registered without a port fits any port (RFC 8252 section 7.3). */
  redirectUris: readonly string[];
  grants: readonly ("authorization_code" | "client_credentials")[];
  /** Belong to the key, not to a token (facts of Upwork's API Center). Absent: all of them. */
  scopes?: readonly string[];
};

/** Whom a token speaks for, and through which key. */
export type Grant = { clientId: string; userId: string };

/** What the browser carries back to the application: good once, and for ten minutes (RFC 6749 section 4.1.2). */
export type AuthorisationCode = Grant & {
  /** As sent to the authorize URL; `undefined` where the application left it out. */
  redirectUri: string | undefined;
  challenge: { method: "S256" | "plain"; value: string } | undefined;
};

export type IssuedTokens = { accessToken: string; refreshToken?: string };

/** A consent and all that came of it share a family, so that a stolen code can end them together. */
type Issued = Grant & { family: string; expiresAt: number };
type Code = AuthorisationCode & { family: string; expiresAt: number; isUsed: boolean };

/** What a restart keeps; times are milliseconds since 1970. */
export type OAuth2State = { access: [string, Issued][]; refresh: [string, Issued][] };

export type OAuth2Tokens = {
  issueCode(code: AuthorisationCode, now: number): string;
  /**
   * The pair that a code is good for, once and if `fits` says so; `undefined` otherwise. A second use ends every token
   * of the first (RFC 6749 section 4.1.2).
   */
  redeemCode(code: string, fits: (code: AuthorisationCode) => boolean, now: number): IssuedTokens | undefined;
  /** A token without a refresh token, for a key that acts for its own owner. */
  issueAccess(grant: Grant, now: number): IssuedTokens;
  /** A new pair; the old refresh token goes on for 24 h at most. `undefined` for one that is dead or another key's. */
  refresh(refreshToken: string, clientId: string, now: number): IssuedTokens | undefined;
  find(accessToken: string, now: number): Grant | undefined;
  /** Ends one token, and with a refresh token also the access tokens of its consent (RFC 7009 section 2.1). */
  revoke(token: string, clientId: string): void;
  /** Ends every token, or every token of one key. */
  revokeAll(clientId?: string): void;
  list(
    now: number,
  ): { kind: "access" | "refresh"; token: string; clientId: string; userId: string; expiresAt: number }[];
};

/** Upwork's lives: access 24 h, refresh 14 days, a refresh token that was used 24 h more. */
export const accessLifeSeconds = 86_400;
const accessLifeMs = accessLifeSeconds * 1000;
const refreshLifeMs = 14 * 86_400_000;
const graceMs = 86_400_000;
const codeLifeMs = 600_000;
const sweepEveryMs = 3_600_000;

const token = () => `oauth2v2_${randomBytes(16).toString("hex")}`;

/** Tokens in memory; `save` hears of every change that a restart must keep. */
export function createOAuth2Tokens(
  kept: OAuth2State = { access: [], refresh: [] },
  save: (state: OAuth2State) => void = () => {},
): OAuth2Tokens {
  const codes = new Map<string, Code>();
  const access = new Map(kept.access);
  const refresh = new Map(kept.refresh);
  let sweptAt = 0;

  function changed(now?: number): void {
    if (now !== undefined && now - sweptAt > sweepEveryMs) {
      for (const tokens of [codes, access, refresh])
        for (const [name, { expiresAt }] of tokens) if (expiresAt < now) tokens.delete(name);
      sweptAt = now;
    }
    save({ access: [...access], refresh: [...refresh] });
  }

  function issuePair({ clientId, userId, family }: Grant & { family: string }, now: number): IssuedTokens {
    const pair = { accessToken: token(), refreshToken: token() };
    access.set(pair.accessToken, { clientId, userId, family, expiresAt: now + accessLifeMs });
    refresh.set(pair.refreshToken, { clientId, userId, family, expiresAt: now + refreshLifeMs });
    changed(now);
    return pair;
  }

  function endWhere(isEnding: (issued: Issued) => boolean, kinds = [access, refresh]): void {
    for (const tokens of kinds) for (const [name, issued] of tokens) if (isEnding(issued)) tokens.delete(name);
    changed();
  }

  return {
    issueCode(code, now) {
      const name = randomBytes(16).toString("hex");
      codes.set(name, { ...code, family: name, expiresAt: now + codeLifeMs, isUsed: false });
      return name;
    },
    redeemCode(name, fits, now) {
      const code = codes.get(name);
      if (code === undefined || code.expiresAt < now || !fits(code)) return undefined;
      if (code.isUsed) {
        endWhere(({ family }) => family === code.family);
        return undefined;
      }
      code.isUsed = true;
      return issuePair(code, now);
    },
    issueAccess(grant, now) {
      const accessToken = token();
      access.set(accessToken, { ...grant, family: accessToken, expiresAt: now + accessLifeMs });
      changed(now);
      return { accessToken };
    },
    refresh(old, clientId, now) {
      const found = refresh.get(old);
      if (found === undefined || found.clientId !== clientId || found.expiresAt < now) return undefined;
      refresh.set(old, { ...found, expiresAt: Math.min(found.expiresAt, now + graceMs) });
      return issuePair(found, now);
    },
    find(accessToken, now) {
      const found = access.get(accessToken);
      return found === undefined || found.expiresAt < now ? undefined : found;
    },
    revoke(ended, clientId) {
      const found = refresh.get(ended) ?? access.get(ended);
      if (found?.clientId !== clientId) return;
      access.delete(ended);
      if (refresh.delete(ended)) endWhere(({ family }) => family === found.family, [access]);
      else changed();
    },
    revokeAll(clientId) {
      endWhere((issued) => clientId === undefined || issued.clientId === clientId);
    },
    list(now) {
      const living = (kind: "access" | "refresh", tokens: Map<string, Issued>) =>
        [...tokens]
          .filter(([, { expiresAt }]) => expiresAt >= now)
          .map(([name, { clientId, userId, expiresAt }]) => ({ kind, token: name, clientId, userId, expiresAt }));
      return [...living("access", access), ...living("refresh", refresh)];
    },
  };
}

/** Whether a PKCE verifier fits the challenge that came with the authorisation (RFC 7636 section 4.6). */
export function fitsChallenge(challenge: AuthorisationCode["challenge"], verifier: string | undefined): boolean {
  // A verifier without a challenge is a downgrade attack's sign (RFC 9700 section 4.8.2).
  if (challenge === undefined) return verifier === undefined;
  if (verifier === undefined) return false;
  return (
    challenge.value ===
    (challenge.method === "plain" ? verifier : createHash("sha256").update(verifier).digest("base64url"))
  );
}

/** Whether an application may be called back here. */
export function isRegistered(redirectUris: readonly string[], asked: string): boolean {
  return redirectUris.some((registered) => registered === asked || registered === withoutLoopbackPort(asked));
}

function withoutLoopbackPort(uri: string): string | undefined {
  const match = /^(http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])):\d{1,5}(\/.*)?$/.exec(uri);
  return match === null ? undefined : `${match[1]}${match[2] ?? ""}`;
}
