import { sendUpstream, type UpstreamResponse } from "../platform/upstream.ts";
import type { Account } from "./account.ts";
import { createNonce, type KeyPair, signRequest } from "./signing.ts";
import { type Spend, TokenStepError } from "./token-step.ts";
import { member, textMember } from "./unknown-json.ts";

/** Upwork as an OAuth 1.0a provider: where it is, who we are, what the time is. */
export type Provider = {
  /** Origin such as `https://www.upwork.com`. */
  origin: string;
  consumer: KeyPair;
  timeoutMs: number;
  now: () => number;
  spend: Spend;
};

/**
 * Gets a request token (RFC 5849 section 2.1): an empty POST with `Content-Length: 0`.
 *
 * @throws TokenStepError, UpstreamError, or what `spend` throws
 */
export async function getRequestToken(provider: Provider, callbackUrl: string): Promise<KeyPair> {
  const response = await call(provider, "POST", "/api/auth/v1/oauth/token/request", { oauth_callback: callbackUrl });
  const form = readTokenForm("request token", response);
  // Upwork sends `1` where RFC 5849 says `true`; absent is tolerated, a plain "no" is not.
  const confirmed = form.get("oauth_callback_confirmed");
  if (confirmed !== null && confirmed !== "1" && confirmed !== "true") {
    throw new TokenStepError("request token", response.status, "it did not confirm the callback");
  }
  return readToken("request token", response.status, form);
}

/** The consent page for a request token. */
export function consentUrl(origin: string, requestToken: string): string {
  return `${origin}/services/api/auth?oauth_token=${encodeURIComponent(requestToken)}`;
}

/**
 * Exchanges an authorised request token for an access token (RFC 5849 section 2.3).
 *
 * @throws TokenStepError, UpstreamError, or what `spend` throws
 */
export async function getAccessToken(provider: Provider, requestToken: KeyPair, verifier: string): Promise<KeyPair> {
  const path = "/api/auth/v1/oauth/token/access";
  const response = await call(provider, "POST", path, { oauth_verifier: verifier }, requestToken);
  return readToken("access token", response.status, readTokenForm("access token", response));
}

/**
 * Asks whose access token this is.
 *
 * @throws TokenStepError, UpstreamError, or what `spend` throws
 */
export async function getAccount(provider: Provider, accessToken: KeyPair): Promise<Account> {
  const response = await call(provider, "GET", "/api/auth/v1/info", {}, accessToken);
  let info: unknown;
  try {
    info = JSON.parse(Buffer.from(response.body).toString("utf8"));
  } catch {
    throw new TokenStepError("account", response.status, "it is not JSON");
  }
  if (response.status !== 200) throw new TokenStepError("account", response.status, "it is an error");
  const user = member(info, "auth_user");
  const name = `${textMember(user, "first_name")} ${textMember(user, "last_name")}`.trim();
  const reference = textMember(member(info, "info"), "ref") || textMember(user, "uid");
  if (reference === "" && name === "") throw new TokenStepError("account", response.status, "it names nobody");
  return { reference, name: name || reference, profileUrl: textMember(member(info, "info"), "profile_url") };
}

async function call(
  provider: Provider,
  method: string,
  path: string,
  protocol: Record<string, string>,
  token?: KeyPair,
): Promise<UpstreamResponse> {
  const url = new URL(path, provider.origin);
  const { header } = signRequest({
    method,
    url,
    parameters: [],
    consumer: provider.consumer,
    ...(token === undefined ? {} : { token }),
    protocol,
    nonce: createNonce(),
    timestamp: Math.floor(provider.now() / 1000),
  });
  return provider.spend(() =>
    sendUpstream({
      method,
      url,
      headers: { authorization: header, accept: "application/json", "accept-encoding": "identity" },
      body: new Uint8Array(),
      timeoutMs: provider.timeoutMs,
    }),
  );
}

function readTokenForm(step: string, response: UpstreamResponse): URLSearchParams {
  if (response.status !== 200) throw new TokenStepError(step, response.status, "it is an error");
  return new URLSearchParams(Buffer.from(response.body).toString("utf8").trim());
}

function readToken(step: string, status: number, form: URLSearchParams): KeyPair {
  const key = form.get("oauth_token");
  const secret = form.get("oauth_token_secret");
  if (!key || !secret) throw new TokenStepError(step, status, "it carries no token");
  return { key, secret };
}
