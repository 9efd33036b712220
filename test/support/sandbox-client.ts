import { encodePairs, type KeyPair, type Pair, signRequest } from "../../functions/oauth/signing.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";

export type SignedOptions = {
  method?: string;
  query?: Pair[];
  form?: Pair[];
  /** Sent as JSON, which no signature covers. */
  json?: unknown;
  token?: KeyPair;
  protocol?: Record<string, string>;
  nonce?: string;
  /** Seconds; the sandbox's own clock is the test's to know. */
  timestamp?: number;
  consumer?: KeyPair;
  /** Where the protocol parameters stand: RFC 5849 section 3.5 has three places. */
  place?: "header" | "query" | "form";
};

let nonces = 0;

/** Sends one signed request to a sandbox, as a client of Upwork would. */
export function signed(sandbox: Sandbox, path: string, options: SignedOptions = {}): Promise<Response> {
  const { method = "GET", query = [], form = [], place = "header", json } = options;
  nonces += 1;
  const url = new URL(path, sandbox.url);
  const { consumerKey: key, consumerSecret: secret } = sandbox.application;
  const { header } = signRequest({
    method,
    url,
    parameters: [...query, ...form],
    consumer: options.consumer ?? { key, secret },
    ...(options.token === undefined ? {} : { token: options.token }),
    protocol: options.protocol ?? {},
    nonce: options.nonce ?? `nonce-${nonces}`,
    timestamp: options.timestamp ?? Math.floor(Date.now() / 1000),
  });
  const protocol = [...header.matchAll(/(oauth_[a-z_]+)="([^"]*)"/g)].map(
    ([, name = "", value = ""]) => [name, decodeURIComponent(value)] as const,
  );
  url.search = encodePairs(place === "query" ? [...query, ...protocol] : query);
  const sentForm = place === "form" ? [...form, ...protocol] : form;
  const body = json !== undefined ? JSON.stringify(json) : sentForm.length > 0 ? encodePairs(sentForm) : undefined;
  return fetch(url, {
    method,
    headers: {
      ...(place === "header" ? { authorization: header } : {}),
      "content-type": json === undefined ? "application/x-www-form-urlencoded" : "application/json",
    },
    ...(body === undefined ? {} : { body }),
  });
}

const tokenOf = (form: URLSearchParams): KeyPair => ({
  key: form.get("oauth_token") ?? "",
  secret: form.get("oauth_token_secret") ?? "",
});

/** Gets a request token; throws when the sandbox refuses or does not confirm as Upwork does. */
export async function requestToken(sandbox: Sandbox, options: SignedOptions = {}): Promise<KeyPair> {
  const answer = await signed(sandbox, "/api/auth/v1/oauth/token/request", { method: "POST", ...options });
  const form = new URLSearchParams(await answer.text());
  if (form.get("oauth_callback_confirmed") !== "1") throw new Error(`no request token: HTTP ${answer.status}`);
  return tokenOf(form);
}

/** Presses Allow or Deny on the consent page. */
export function decide(sandbox: Sandbox, { key }: KeyPair, decision: string, user?: string): Promise<Response> {
  const callback = encodeURIComponent("https://app.example/cb?x=1");
  return fetch(`${sandbox.url}/services/api/auth?oauth_token=${key}&oauth_callback=${callback}`, {
    method: "POST",
    redirect: "manual",
    body: new URLSearchParams({ decision, ...(user === undefined ? {} : { user }) }),
  });
}

/** Presses Allow and returns the verifier that the browser carries back. */
export async function allow(sandbox: Sandbox, requested: KeyPair): Promise<string> {
  const { headers } = await decide(sandbox, requested, "allow");
  return new URL(headers.get("location") ?? "").searchParams.get("oauth_verifier") ?? "";
}

/** Sends a verifier in exchange for an access token. */
export function exchange(
  sandbox: Sandbox,
  requested: KeyPair,
  verifier: string,
  options: SignedOptions = {},
): Promise<Response> {
  const path = "/api/auth/v1/oauth/token/access";
  return signed(sandbox, path, {
    method: "POST",
    token: requested,
    protocol: { oauth_verifier: verifier },
    ...options,
  });
}

/** Walks the whole way to an access token. */
export async function accessToken(sandbox: Sandbox, options: SignedOptions = {}): Promise<KeyPair> {
  const requested = await requestToken(sandbox, options);
  const answer = await exchange(sandbox, requested, await allow(sandbox, requested), options);
  return tokenOf(new URLSearchParams(await answer.text()));
}
