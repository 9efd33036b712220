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
  /** Counts the pairs of a connection, from 1. */
  version: number;
};

/** What a connection's secret holds. */
export type Credentials = { auth: "oauth1"; token: KeyPair } | ({ auth: "oauth2" } & TokenPair);

const text = z.string().check(z.minLength(1));
const secretSchema = z.discriminatedUnion("auth", [
  z.object({ auth: z.literal("oauth1"), accessToken: text, accessTokenSecret: text }),
  z.object({
    auth: z.literal("oauth2"),
    accessToken: text,
    refreshToken: z.optional(text),
    issuedAt: z.number(),
    expiresAt: z.number(),
    version: z.number(),
  }),
]);

/** Credentials from a secret's JSON; `undefined` for anything else. */
export function readCredentials(json: unknown): Credentials | undefined {
  const parsed = secretSchema.safeParse(json);
  if (!parsed.success) return undefined;
  if (parsed.data.auth === "oauth2") return parsed.data;
  const { auth, accessToken, accessTokenSecret } = parsed.data;
  return { auth, token: { key: accessToken, secret: accessTokenSecret } };
}

/** Credentials as a secret's text. */
export function writeCredentials(credentials: Credentials): string {
  if (credentials.auth === "oauth2") return JSON.stringify(credentials);
  const { auth, token } = credentials;
  return JSON.stringify({ auth, accessToken: token.key, accessTokenSecret: token.secret });
}
