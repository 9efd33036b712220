import type { IncomingMessage, ServerResponse } from "node:http";
import { collectParameters, isSignedBy, type Pair, type WireRequest } from "./oauth1.ts";
import { type Application, allowedSkewSeconds, type RequestToken, type TokenStore } from "./tokens.ts";
import type { User, World } from "./world.ts";

/** A request token lives 600 s (Upwork FAQ). */
const requestTokenLifeMs = 600_000;

export type Verdict =
  | { ok: true; application: Application; parameters: readonly Pair[]; userId?: string; requestToken?: RequestToken }
  | { ok: false; message: string };

export type Provider = { applications: readonly Application[]; tokens: TokenStore; now: () => number };

const replayText = "Duplicate timestamp/nonce combination, possible replay attack. Request rejected.";

/** Verifies a signed request: who signs, with which token, when, and never twice. Texts are Upwork's where known. */
export function verify(provider: Provider, request: WireRequest, tokenKind: "none" | "request" | "access"): Verdict {
  const failed = (message: string): Verdict => ({ ok: false, message });
  const parameters = collectParameters(request);
  if (parameters === undefined) return failed("Verification of signature failed.");
  const get = (name: string) => parameters.find(([known]) => known === name)?.[1] ?? "";
  for (const name of [
    "oauth_consumer_key",
    "oauth_signature_method",
    "oauth_timestamp",
    "oauth_nonce",
    "oauth_signature",
  ]) {
    if (get(name) === "") return failed(`Missing OAuth parameter: ${name}`);
    if (parameters.filter(([known]) => known === name).length > 1) return failed(`Duplicate OAuth parameter: ${name}`);
  }
  const application = provider.applications.find(({ consumerKey }) => consumerKey === get("oauth_consumer_key"));
  if (application === undefined) return failed("Consumer key unknown or disabled.");

  let tokenSecret = "";
  let userId: string | undefined;
  const token = get("oauth_token");
  const requestToken = tokenKind === "request" ? provider.tokens.requestToken(token) : undefined;
  if (tokenKind === "request") {
    if (requestToken === undefined || provider.now() - requestToken.createdAt > requestTokenLifeMs) {
      return failed("Request token is unknown, expired or not authorised.");
    }
    tokenSecret = requestToken.secret;
  } else if (tokenKind === "access") {
    const found = provider.tokens.accessToken(token);
    if (found === undefined || found.consumerKey !== application.consumerKey) {
      return failed(
        `The consumer_key "${application.consumerKey}" token combination does not exist or is not enabled.`,
      );
    }
    tokenSecret = found.secret;
    userId = found.userId;
  }
  if (!isSignedBy(request, parameters, application.consumerSecret, tokenSecret)) {
    return failed("Verification of signature failed.");
  }
  const timestamp = Number(get("oauth_timestamp"));
  if (!Number.isInteger(timestamp) || Math.abs(provider.now() / 1000 - timestamp) > allowedSkewSeconds) {
    return failed(`Timestamp is out of sequence. Request rejected. The allowed skew is ${allowedSkewSeconds}`);
  }
  if (!provider.tokens.rememberNonce(`${application.consumerKey} ${token}`, timestamp, get("oauth_nonce"))) {
    return failed(replayText);
  }
  return {
    ok: true,
    application,
    parameters,
    ...(userId === undefined ? {} : { userId }),
    ...(requestToken === undefined ? {} : { requestToken }),
  };
}

/** `POST /api/auth/v1/oauth/token/request` and `.../access`: form-encoded answers, `oauth_callback_confirmed=1`. */
export function tokenStep(provider: Provider, request: WireRequest): { body: string } | { message: string } {
  const isAccess = request.path.endsWith("/access");
  const verdict = verify(provider, request, isAccess ? "request" : "none");
  if (!verdict.ok) return { message: verdict.message };
  const get = (name: string) => verdict.parameters.find(([known]) => known === name)?.[1];
  if (!isAccess) {
    const wanted = get("oauth_callback");
    const callback = wanted === "" || wanted === "oob" ? undefined : wanted;
    const { token, secret } = provider.tokens.issueRequestToken(
      verdict.application.consumerKey,
      callback,
      provider.now(),
    );
    return { body: `oauth_callback_confirmed=1&oauth_token=${token}&oauth_token_secret=${secret}` };
  }
  const verifier = get("oauth_verifier");
  if (!verifier || verifier !== verdict.requestToken?.verifier) {
    return { message: "Request token is unknown, expired or not authorised." };
  }
  const issued = provider.tokens.exchange(get("oauth_token") ?? "");
  if (issued === undefined) return { message: "Request token is unknown, expired or not authorised." };
  return { body: `oauth_token=${issued.token}&oauth_token_secret=${issued.secret}` };
}

/** The consent page, and what follows from Allow and Deny. */
export function consent(
  provider: Provider,
  world: World,
  request: IncomingMessage,
  query: URLSearchParams,
  form: URLSearchParams | undefined,
  response: ServerResponse,
): void {
  const token = query.get("oauth_token") ?? "";
  const found = provider.tokens.requestToken(token);
  if (found === undefined || provider.now() - found.createdAt > requestTokenLifeMs) {
    return send(
      response,
      400,
      "Unknown request",
      "<p>This authorisation request is unknown or older than 10 minutes.</p>",
    );
  }
  const application = provider.applications.find(({ consumerKey }) => consumerKey === found.consumerKey);
  const callback =
    application?.type === "desktop"
      ? undefined
      : query.get("oauth_callback") || found.callback || application?.callbackUrl;
  if (callback !== undefined && !URL.canParse(callback)) {
    return send(response, 400, "Unusable callback", "<p>The application asks to be called back at what is no URL.</p>");
  }
  if (request.method !== "POST" || form === undefined) {
    return send(response, 200, "Allow access?", consentForm(found, world.users));
  }
  const userId = form.get("user") ?? world.users[0]?.id;
  const user = world.users.find(({ id }) => id === userId);
  if (user === undefined) return send(response, 400, "Unknown user", "<p>Nobody of this name lives here.</p>");
  const verifier = form.get("decision") === "allow" ? provider.tokens.authorise(token, user.id) : undefined;
  if (callback !== undefined) {
    const target = new URL(callback);
    target.searchParams.set("oauth_token", token);
    if (verifier !== undefined) target.searchParams.set("oauth_verifier", verifier);
    response.writeHead(302, { location: target.href, "cache-control": "no-store" }).end();
    return;
  }
  if (verifier === undefined) return send(response, 200, "Denied", "<p>Access was not allowed. Close this page.</p>");
  send(
    response,
    200,
    "Allowed",
    `<p>Give this verifier to the application:</p><p><code id="verifier">${verifier}</code></p>`,
  );
}

function consentForm(found: RequestToken, users: readonly User[]): string {
  const choices = users
    .map(
      ({ id, firstName, lastName, city }, index) =>
        `<label><input type="radio" name="user" value="${id}"${index === 0 ? " checked" : ""}> ${firstName} ${lastName}, ${city}</label>`,
    )
    .join("");
  return `<p>The application with key <code>${escapeHtml(found.consumerKey)}</code> asks to act for you.</p>
<form method="post"><fieldset><legend>Continue as</legend>${choices}</fieldset>
<button name="decision" value="allow">Allow</button> <button name="decision" value="deny" class="plain">Deny</button></form>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

function send(response: ServerResponse, status: number, title: string, content: string): void {
  const style =
    "body{margin:0;background:#eef1ef;color:#16231c;font:16px/1.6 system-ui,sans-serif}main{max-width:28rem;margin:4rem auto;background:#fff;border-radius:.75rem;padding:2rem;border:1px solid #d8dfda}h1{font-size:1.3rem;margin:0 0 1rem}label{display:block;padding:.25rem 0}fieldset{border:1px solid #d8dfda;border-radius:.5rem;margin:1rem 0}button{font:inherit;font-weight:600;padding:.5rem 1.2rem;border-radius:.5rem;border:1px solid #14833f;background:#14833f;color:#fff;cursor:pointer}.plain{background:#fff;color:#14833f}code{overflow-wrap:anywhere}.note{color:#5c6b63;font-size:.85rem}";
  response.writeHead(status, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
  response.end(
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><title>${title}</title><style>${style}</style><main><h1>${title}</h1>${content}<p class="note">This is the sandbox, not Upwork. Everybody here is invented.</p></main></html>`,
  );
}
