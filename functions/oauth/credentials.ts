import * as z from "zod/mini";
import type { KeyPair } from "./signing.ts";

/** How calls over a connection are authenticated. */
export type Auth = "oauth1" | "oauth2";

/** An OAuth 2.0 access token and what it takes to get the next one. */
export type TokenPair = {
  accessToken: string;
  /** Absent for a key of the client-credentials kind, which simply asks again. */
  refreshToken?: string | undefined;
  /** In ms since 1970. */
  issuedAt: number;
  /** When the access token ends, in ms since 1970. */
  expiresAt: number;
  /** Counts the credentials that a connection has had, from 1. */
  version: number;
};

/** Tokens as a grant gives them, not yet counted. */
export type IssuedTokens = Omit<TokenPair, "version">;

/** What a connection's secret holds. */
export type Credentials = { auth: "oauth1"; token: KeyPair } | ({ auth: "oauth2" } & TokenPair);

/** What a consent gives: credentials before they have their place among a connection's. */
export type NewCredentials = { auth: "oauth1"; token: KeyPair } | ({ auth: "oauth2" } & IssuedTokens);

const text = z.string().check(z.minLength(1));
const pairSchema = z.object({ auth: z.literal("oauth1"), accessToken: text, accessTokenSecret: text });
const tokenSchema = z.object({
  auth: z.literal("oauth2"),
  accessToken: text,
  refreshToken: z.optional(text),
  issuedAt: z.number(),
  expiresAt: z.number(),
  version: z.number(),
});
const versionSchema = z.object({ version: z.number() });

/** Credentials from a secret's JSON; `undefined` for anything else. */
export function readCredentials(json: unknown): Credentials | undefined {
  const tokens = tokenSchema.safeParse(json);
  if (tokens.success) return tokens.data;
  const pair = pairSchema.safeParse(json);
  if (!pair.success) return undefined;
  const { auth, accessToken, accessTokenSecret } = pair.data;
  return { auth, token: { key: accessToken, secret: accessTokenSecret } };
}

/** The place of what a secret's JSON holds among all credentials of its connection; 0 where none is written. */
export function readVersion(json: unknown): number {
  const parsed = versionSchema.safeParse(json);
  return parsed.success ? parsed.data.version : 0;
}

/** Credentials as a secret's text, with their place among all of the connection. */
export function writeCredentials(credentials: NewCredentials, version: number): string {
  if (credentials.auth === "oauth2") return JSON.stringify({ ...credentials, version });
  const { auth, token } = credentials;
  return JSON.stringify({ auth, accessToken: token.key, accessTokenSecret: token.secret, version });
}

/** Whether both are the same tokens, and nothing has been stored in between. */
export function isSamePair(left: TokenPair, right: TokenPair): boolean {
  return left.version === right.version && left.accessToken === right.accessToken;
}
