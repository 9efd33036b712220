import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { sendUpstream } from "../platform/upstream.ts";
import type { Oauth2Application } from "./application.ts";
import type { IssuedTokens } from "./credentials.ts";
import { encodePairs, type Pair } from "./signing.ts";
import { type Spend, TokenRefusedError, TokenStepError } from "./token-step.ts";
import { parseJson, textMember } from "./unknown-json.ts";

/** Upwork as an OAuth 2.0 provider (RFC 6749): where it is, who we are, what the time is. */
export type Oauth2Provider = {
  /** Origin such as `https://www.upwork.com`. */
  origin: string;
  /** Origin of the GraphQL API, such as `https://api.upwork.com`. */
  graphqlOrigin: string;
  application: Oauth2Application;
  timeoutMs: number;
  now: () => number;
  spend: Spend;
};

/** Where a person allows access (RFC 6749 section 4.1.1). Upwork's scopes belong to the key, so none is asked for. */
export function authoriseUrl(
  { origin, application }: Pick<Oauth2Provider, "origin" | "application">,
  request: { redirectUri: string; state: string; verifier: string },
): string {
  const query = encodePairs([
    ["response_type", "code"],
    ["client_id", application.clientId],
    ["redirect_uri", request.redirectUri],
    ["state", request.state],
    // PKCE (RFC 7636); RFC 9700 section 2.1.1 asks for it, and a server that does not know it ignores it.
    ["code_challenge", createHash("sha256").update(request.verifier).digest("base64url")],
    ["code_challenge_method", "S256"],
  ]);
  return `${origin}/ab/account-security/oauth2/authorize?${query}`;
}

/**
 * Exchanges the code of a consent for tokens (RFC 6749 section 4.1.3).
 *
 * @throws TokenRefusedError, TokenStepError, UpstreamError, or what `spend` throws
 */
export function exchangeCode(
  provider: Oauth2Provider,
  grant: { code: string; redirectUri: string; verifier: string },
): Promise<IssuedTokens> {
  return askForTokens(provider, "code exchange", [
    ["grant_type", "authorization_code"],
    ["code", grant.code],
    ["redirect_uri", grant.redirectUri],
    ["code_verifier", grant.verifier],
  ]);
}

/**
 * Gets the next tokens: with the refresh token (RFC 6749 section 6), or with the application's own credentials where the
 * key is of that kind (section 4.4). Upwork issues a new refresh token each time and takes the old one for 24 h more.
 *
 * @throws TokenRefusedError, TokenStepError, UpstreamError, or what `spend` throws
 */
export async function nextTokens(provider: Oauth2Provider, refreshToken: string | undefined): Promise<IssuedTokens> {
  if (provider.application.grant === "client_credentials") {
    return askForTokens(provider, "client credentials", [["grant_type", "client_credentials"]]);
  }
  // What was issued without a refresh token ends with its access token: the same end as a dead one.
  if (refreshToken === undefined) throw new TokenRefusedError("refresh", "invalid_grant");
  const issued = await askForTokens(provider, "refresh", [
    ["grant_type", "refresh_token"],
    ["refresh_token", refreshToken],
  ]);
  return { ...issued, refreshToken: issued.refreshToken ?? refreshToken };
}

const tokenLifeSeconds = 86_400;
const maxLifeSeconds = 366 * 86_400;
const answerSchema = z.object({
  access_token: z.string().check(z.regex(/^[\x21-\x7e]+$/)),
  token_type: z.string().check(z.regex(/^bearer$/i)),
  expires_in: z.optional(z.unknown()),
  refresh_token: z.optional(z.string().check(z.minLength(1))),
});

/** Tokens that work are not thrown away over an odd life of theirs: where it is wrong, a 401 will say so. */
function lifeSeconds(stated: unknown): number {
  const seconds = Number(stated);
  return seconds > 0 && seconds <= maxLifeSeconds ? seconds : tokenLifeSeconds;
}

/** One call of the token endpoint. The application authenticates in the body, as Upwork's own client does. */
async function askForTokens(provider: Oauth2Provider, step: string, grant: readonly Pair[]): Promise<IssuedTokens> {
  const { origin, application, timeoutMs, now, spend } = provider;
  const issuedAt = now();
  const { status, body } = await spend(() =>
    sendUpstream({
      method: "POST",
      url: new URL("/api/v3/oauth2/token", origin),
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        accept: "application/json",
        "accept-encoding": "identity",
        "user-agent": "upwork-gateway",
      },
      body: Buffer.from(
        encodePairs([...grant, ["client_id", application.clientId], ["client_secret", application.clientSecret]]),
      ),
      timeoutMs,
    }),
  );
  const answer = parseJson(Buffer.from(body).toString("utf8"));
  if (status !== 200) {
    const code = textMember(answer, "error");
    if (status < 500 && /^[a-z_]{1,40}$/.test(code)) throw new TokenRefusedError(step, code);
    throw new TokenStepError(step, status, answer === undefined ? "it is not JSON" : "it is an error");
  }
  const parsed = answerSchema.safeParse(answer);
  if (!parsed.success) throw new TokenStepError(step, status, "it carries no bearer token");
  const { access_token, refresh_token, expires_in } = parsed.data;
  const refreshToken = refresh_token === undefined ? {} : { refreshToken: refresh_token };
  return { accessToken: access_token, ...refreshToken, issuedAt, expiresAt: issuedAt + lifeSeconds(expires_in) * 1000 };
}
