import { randomBytes } from "node:crypto";
import { type DataFile, openDataFile } from "../data-file.ts";
import { createNonceMemory } from "./nonces.ts";

/** A request token lives 600 s (Upwork FAQ). */
export const requestTokenLifeMs = 600_000;

export type RequestToken = {
  secret: string;
  consumerKey: string;
  createdAt: number;
  callback?: string;
  /** Set once the user has allowed access. */
  verifier?: string;
  userId?: string;
};

export type AccessToken = { secret: string; consumerKey: string; userId: string };

/** Tokens and nonces; access tokens survive a restart when there is a file, because Upwork's never expire. */
export type TokenStore = {
  issueRequestToken(consumerKey: string, callback: string | undefined, now: number): { token: string; secret: string };
  requestToken(token: string): RequestToken | undefined;
  /** Notes that the user allowed it, and returns the verifier; `undefined` for a token that does not exist. */
  authorise(token: string, userId: string): string | undefined;
  /** Ends a request token and returns the access token it was good for. */
  exchange(token: string): { token: string; secret: string } | undefined;
  accessToken(token: string): AccessToken | undefined;
  /** Every access token, without its secret. */
  list(): { token: string; consumerKey: string; userId: string }[];
  /** False for a token that does not exist. */
  revoke(token: string): boolean;
  revokeAll(): void;
  /**
   * False for a nonce seen before with the same key, token and timestamp (RFC 5849 section 3.3).
   *
   * @param skewSeconds how far a timestamp may be from now
   */
  rememberNonce(key: string, timestamp: number, nonce: string, skewSeconds?: number): boolean;
};

/** Upwork's tokens are 32 hex digits, its secrets 16 (as recorded by its official clients). */
const hex = (digits: number) => randomBytes(digits / 2).toString("hex");

/** How far a timestamp may be from the sandbox's clock by default, in seconds. */
export const allowedSkewSeconds = 600;
/** Those who only ask and never exchange must not fill the memory. */
const mostRequestTokens = 10_000;

export function createTokenStore(file: DataFile = openDataFile(undefined)): TokenStore {
  const requestTokens = new Map<string, RequestToken>();
  // Its own writing: nobody else writes this section.
  const accessTokens = new Map((file.read("accessTokens") ?? []) as [string, AccessToken][]);
  const nonces = createNonceMemory();

  const save = () => file.write("accessTokens", [...accessTokens]);

  return {
    issueRequestToken(consumerKey, callback, now) {
      const [token, secret] = [hex(32), hex(16)];
      for (const [oldest, { createdAt }] of requestTokens) {
        if (requestTokens.size < mostRequestTokens && now - createdAt <= requestTokenLifeMs) break;
        requestTokens.delete(oldest);
      }
      requestTokens.set(token, { secret, consumerKey, createdAt: now, ...(callback ? { callback } : {}) });
      return { token, secret };
    },
    requestToken: (token) => requestTokens.get(token),
    authorise(token, userId) {
      const found = requestTokens.get(token);
      if (found === undefined) return undefined;
      const verifier = hex(32);
      requestTokens.set(token, { ...found, verifier, userId });
      return verifier;
    },
    exchange(token) {
      const found = requestTokens.get(token);
      if (found?.userId === undefined) return undefined;
      requestTokens.delete(token);
      const issued = { token: hex(32), secret: hex(16) };
      accessTokens.set(issued.token, {
        secret: issued.secret,
        consumerKey: found.consumerKey,
        userId: found.userId,
      });
      save();
      return issued;
    },
    accessToken: (token) => accessTokens.get(token),
    list: () => [...accessTokens].map(([token, { consumerKey, userId }]) => ({ token, consumerKey, userId })),
    revoke(token) {
      const isKnown = accessTokens.delete(token);
      if (isKnown) save();
      return isKnown;
    },
    revokeAll() {
      accessTokens.clear();
      save();
    },
    rememberNonce: (key, timestamp, nonce, skewSeconds = allowedSkewSeconds) =>
      nonces.remember(key, timestamp, nonce, skewSeconds),
  };
}
