import type { Context } from "../context.ts";
import {
  type AuthorisationCode,
  accessLifeSeconds,
  fitsChallenge,
  type Grant,
  type IssuedTokens,
  isRegistered,
  type OAuth2Application,
} from "./tokens.ts";

/** Upwork's own paths, as its official clients have them. */
export const oauth2Paths = {
  authorize: "/ab/account-security/oauth2/authorize",
  token: "/api/v3/oauth2/token",
  revoke: "/api/v3/oauth2/token/revoke",
} as const;

/** What the steps need of a sandbox. */
export type OAuth2Provider = Pick<Context, "oauth2" | "clock" | "switches">;

/** What the browser asks for; the page around it is not this module's business. */
export type Authorisation =
  | { kind: "unusable"; title: string; text: string }
  | { kind: "back"; location: string }
  | { kind: "asked"; application: OAuth2Application; code: Omit<AuthorisationCode, "userId">; target: URL };

/**
 * Reads an authorisation request (RFC 6749 section 4.1.1). An unknown key or address gives a page, never a redirect, so
 * that nobody is sent where the key's owner did not want; every other mistake goes back to the application.
 */
export function readAuthorisation(provider: OAuth2Provider, query: URLSearchParams): Authorisation {
  const application = provider.oauth2.applications.find(({ clientId }) => clientId === query.get("client_id"));
  if (application === undefined) {
    return { kind: "unusable", title: "Unknown application", text: "No key here has this client_id." };
  }
  const sent = query.get("redirect_uri") || undefined;
  const [only, ...others] = application.redirectUris;
  const redirectUri = sent ?? (others.length === 0 ? only : undefined);
  if (redirectUri === undefined || !isRegistered(application.redirectUris, redirectUri) || !URL.canParse(redirectUri)) {
    return {
      kind: "unusable",
      title: "Unusable redirect_uri",
      text: `The key may be called back at ${application.redirectUris.join(" or ") || "no address"}, letter by letter, not at ${sent ?? "an address left out"}. Register yours with --redirect-uri or on /_sandbox.`,
    };
  }
  const target = new URL(redirectUri);
  const state = query.get("state");
  const back = (error: string, description: string): Authorisation => {
    target.searchParams.set("error", error);
    target.searchParams.set("error_description", description);
    if (state !== null) target.searchParams.set("state", state);
    return { kind: "back", location: target.href };
  };
  if (query.get("response_type") !== "code") return back("unsupported_response_type", "Only response_type=code");
  if (!application.grants.includes("authorization_code")) {
    return back("unauthorized_client", "This key is for client_credentials");
  }
  if (query.has("scope") && provider.switches.refuseScopeParameter) {
    return back("invalid_scope", "Scopes belong to the key");
  }
  const method = query.get("code_challenge_method") ?? "plain";
  const value = query.get("code_challenge");
  if (value !== null && (!/^[A-Za-z0-9._~-]{43,128}$/.test(value) || (method !== "S256" && method !== "plain"))) {
    return back("invalid_request", "code_challenge or code_challenge_method is not as in RFC 7636");
  }
  if (state !== null) target.searchParams.set("state", state);
  const challenge = value === null ? undefined : ({ method: method === "S256" ? method : "plain", value } as const);
  return { kind: "asked", application, target, code: { clientId: application.clientId, redirectUri: sent, challenge } };
}

/** Where the browser goes after Allow (with the person's id) or Deny (without). */
export function decided(
  provider: OAuth2Provider,
  asked: Extract<Authorisation, { kind: "asked" }>,
  userId: string | undefined,
): string {
  const target = new URL(asked.target);
  if (userId === undefined) target.searchParams.set("error", "access_denied");
  else
    target.searchParams.set("code", provider.oauth2.tokens.issueCode({ ...asked.code, userId }, provider.clock.now()));
  return target.href;
}

/** What a token endpoint answers, always as JSON. */
export type TokenAnswer = {
  status: number;
  body: Record<string, unknown>;
  headers?: Record<string, string>;
  /** The key that asked, once it is known to be itself. */
  clientId?: string;
};

const failed = (error: string, description: string, status = 400): TokenAnswer => ({
  status,
  body: { error, error_description: description },
});

/** Upwork's own text, to the letter. */
const deadRefreshToken = failed("invalid_grant", "Refresh token is expired or revoked or not registered");

/** `POST /api/v3/oauth2/token`: the three grants, the key in the body or as Basic (RFC 6749 section 2.3.1). */
export function tokenAnswer(
  provider: OAuth2Provider,
  form: URLSearchParams,
  authorization: string | undefined,
): TokenAnswer {
  const grantType = form.get("grant_type") ?? "";
  const isRefresh = grantType === "refresh_token";
  const basic = basicCredentials(authorization);
  // Upwork refreshes only for whoever names the key in the body, Basic or not: its SDK had to learn that.
  const mayBeBasic = basic !== undefined && !(isRefresh && provider.switches.refreshNeedsClientId);
  const missing = [
    ...(grantType === "" ? ["grant_type"] : []),
    ...(form.get("client_id") || mayBeBasic ? [] : ["client_id"]),
    ...(grantType === "authorization_code" && !form.get("code") ? ["code"] : []),
    ...(isRefresh && !form.get("refresh_token") ? ["refresh_token"] : []),
  ];
  if (missing.length > 0) return failed("invalid_request", `Missing parameters: ${missing.join(", ")}`);
  const application = authenticated(provider, form, basic);
  if (application === undefined) {
    const answer = failed("invalid_client", "Client authentication failed", 401);
    return basic === undefined ? answer : { ...answer, headers: { "www-authenticate": 'Basic realm="Upwork"' } };
  }
  return { ...grant(provider, application, grantType, form), clientId: application.clientId };
}

function grant(
  provider: OAuth2Provider,
  { clientId, grants, ownerId }: OAuth2Application,
  grantType: string,
  form: URLSearchParams,
): TokenAnswer {
  if (form.has("scope") && provider.switches.refuseScopeParameter) {
    return failed("invalid_scope", "Scopes belong to the key");
  }
  const now = provider.clock.now();
  switch (grantType) {
    case "authorization_code": {
      const fits = (code: AuthorisationCode) =>
        code.clientId === clientId &&
        (code.redirectUri === undefined || code.redirectUri === form.get("redirect_uri")) &&
        fitsChallenge(code.challenge, form.get("code_verifier") ?? undefined);
      const issued = provider.oauth2.tokens.redeemCode(form.get("code") ?? "", fits, now);
      return issued === undefined
        ? failed("invalid_grant", "Authorization code is expired, used, or of another redirect_uri or verifier")
        : granted(issued);
    }
    case "refresh_token": {
      const issued = provider.oauth2.tokens.refresh(form.get("refresh_token") ?? "", clientId, now);
      return issued === undefined ? deadRefreshToken : granted(issued);
    }
    case "client_credentials":
      return grants.includes("client_credentials")
        ? granted(provider.oauth2.tokens.issueAccess({ clientId, userId: ownerId }, now))
        : failed("unauthorized_client", "This key is not for client_credentials");
    default:
      return failed("unsupported_grant_type", `Unsupported grant type: ${grantType}`);
  }
}

function granted({ accessToken, refreshToken }: IssuedTokens): TokenAnswer {
  return {
    status: 200,
    headers: { "cache-control": "no-store" },
    body: {
      access_token: accessToken,
      ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
      token_type: "Bearer",
      expires_in: accessLifeSeconds,
    },
  };
}

/** `POST /api/v3/oauth2/token/revoke`: 200 for an unknown token too (RFC 7009 section 2.2). */
export function revokeAnswer(
  provider: OAuth2Provider,
  form: URLSearchParams,
  authorization: string | undefined,
): TokenAnswer {
  const basic = basicCredentials(authorization);
  const clientId = basic?.id ?? form.get("client_id") ?? "";
  const missing = [...(clientId === "" ? ["client_id"] : []), ...(form.get("token") ? [] : ["token"])];
  if (missing.length > 0) return failed("invalid_request", `Missing parameters: ${missing.join(", ")}`);
  // The token is proof enough, as Upwork's metadata has it: the secret need not be sent, but must not be wrong.
  const secret = basic?.secret ?? form.get("client_secret");
  const application = provider.oauth2.applications.find((known) => known.clientId === clientId);
  if (application === undefined || (secret !== null && secret !== application.clientSecret)) {
    return failed("invalid_client", "Client authentication failed", 401);
  }
  provider.oauth2.tokens.revoke(form.get("token") ?? "", clientId);
  return { status: 200, body: {}, clientId };
}

/** The grant behind `Authorization: Bearer`; `undefined` for a header of another kind, "dead" for a token that is. */
export function bearer(provider: OAuth2Provider, authorization: string | undefined): Grant | "dead" | undefined {
  const match = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(authorization ?? "");
  if (match === null) return undefined;
  return provider.oauth2.tokens.find(match[1] ?? "", provider.clock.now()) ?? "dead";
}

type Credentials = { id: string; secret: string };

function basicCredentials(authorization: string | undefined): Credentials | undefined {
  const match = /^Basic +([A-Za-z0-9+/=]+) *$/i.exec(authorization ?? "");
  if (match === null) return undefined;
  const text = Buffer.from(match[1] ?? "", "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 0) return undefined;
  try {
    return { id: decodeURIComponent(text.slice(0, colon)), secret: decodeURIComponent(text.slice(colon + 1)) };
  } catch {
    return undefined;
  }
}

function authenticated(
  provider: OAuth2Provider,
  form: URLSearchParams,
  basic: Credentials | undefined,
): OAuth2Application | undefined {
  const given = basic ?? { id: form.get("client_id") ?? "", secret: form.get("client_secret") ?? "" };
  return provider.oauth2.applications.find(
    ({ clientId, clientSecret }) => clientId === given.id && clientSecret === given.secret,
  );
}
