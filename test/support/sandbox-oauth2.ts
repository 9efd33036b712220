import { createHash } from "node:crypto";
import type { Sandbox } from "../../sandbox/sandbox.ts";

export type TokenReply = { access_token: string; refresh_token: string; token_type: string; expires_in: number };
export const redirectUri = "http://localhost:4000/oauth/callback";

/** The authorize URL of a sandbox, with these parameters changed; one that is `undefined` is left out. */
export function authorizeUrl(sandbox: Sandbox, changed: Record<string, string | undefined> = {}): URL {
  const url = new URL("/ab/account-security/oauth2/authorize", sandbox.url);
  const { clientId } = sandbox.oauth2Application;
  const asked = { response_type: "code", client_id: clientId, redirect_uri: redirectUri, state: "s/1 +", ...changed };
  for (const [name, value] of Object.entries(asked)) if (value !== undefined) url.searchParams.set(name, value);
  return url;
}

/** Presses Allow or Deny, and returns where the browser is sent. */
export async function decideOAuth2(url: URL, decision: "allow" | "deny", user = "ada"): Promise<URL> {
  const body = new URLSearchParams({ decision, user });
  const answer = await fetch(url, { method: "POST", redirect: "manual", body });
  return new URL(answer.headers.get("location") ?? "about:blank");
}

/** Sends a form to the token endpoint, the key in the body unless the form says otherwise. */
export function askToken(
  sandbox: Sandbox,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  const { clientId: client_id, clientSecret: client_secret } = sandbox.oauth2Application;
  const isKeyInHeader = headers.authorization !== undefined;
  const body = new URLSearchParams({ ...(isKeyInHeader ? {} : { client_id, client_secret }), ...form });
  return fetch(new URL("/api/v3/oauth2/token", sandbox.url), { method: "POST", headers, body });
}

/** Walks the whole way to a pair of tokens, with PKCE. */
export async function connectOAuth2(sandbox: Sandbox, user = "ada"): Promise<TokenReply> {
  const code_verifier = "v".repeat(43);
  const code_challenge = createHash("sha256").update(code_verifier).digest("base64url");
  const url = authorizeUrl(sandbox, { code_challenge, code_challenge_method: "S256" });
  const code = (await decideOAuth2(url, "allow", user)).searchParams.get("code") ?? "";
  const form = { grant_type: "authorization_code", code, redirect_uri: redirectUri, code_verifier };
  return (await (await askToken(sandbox, form)).json()) as TokenReply;
}

/** Trades a refresh token for the next pair. */
export const refreshOAuth2 = (sandbox: Sandbox, refresh_token: string) =>
  askToken(sandbox, { grant_type: "refresh_token", refresh_token });
