import type { Context } from "../context.ts";
import type { Answer, Exchange, Layer } from "../http/exchange.ts";
import { escapeHtml, page, personChoice } from "../page.ts";
import type { User } from "../world/people.ts";
import { type RequestToken, requestTokenLifeMs } from "./tokens.ts";
import { formOf } from "./wire.ts";

/** `/services/api/auth`: the page on which a user allows an application to act for him, and what follows from it. */
export const consent =
  (context: Context): Layer =>
  (exchange, next) =>
    exchange.path === "/services/api/auth" ? consentStep(context, exchange) : next();

function consentStep({ applications, tokens, clock, world }: Context, exchange: Exchange): Answer {
  const query = new URLSearchParams(exchange.query);
  const form = formOf(exchange);
  const token = query.get("oauth_token") ?? "";
  const found = tokens.requestToken(token);
  if (found === undefined || clock.now() - found.createdAt > requestTokenLifeMs) {
    return page(400, "Unknown request", "<p>This authorisation request is unknown or older than 10 minutes.</p>");
  }
  const application = applications.find(({ consumerKey }) => consumerKey === found.consumerKey);
  const callback =
    application?.type === "desktop"
      ? undefined
      : query.get("oauth_callback") || found.callback || application?.callbackUrl;
  if (callback !== undefined && !URL.canParse(callback)) {
    return page(400, "Unusable callback", "<p>The application asks to be called back at what is no URL.</p>");
  }
  if (exchange.method !== "POST" || form === undefined) {
    return page(200, "Allow access?", consentForm(found, world.accounts));
  }
  const sent = new URLSearchParams(form);
  const userId = sent.get("user") ?? world.accounts[0]?.id;
  const user = world.accounts.find(({ id }) => id === userId);
  if (user === undefined) return page(400, "Unknown user", "<p>Nobody of this name lives here.</p>");
  const verifier = sent.get("decision") === "allow" ? tokens.authorise(token, user.id) : undefined;
  if (callback !== undefined) {
    const target = new URL(callback);
    target.searchParams.set("oauth_token", token);
    if (verifier !== undefined) target.searchParams.set("oauth_verifier", verifier);
    return { status: 302, headers: { location: target.href, "cache-control": "no-store" }, body: "" };
  }
  if (verifier === undefined) return page(200, "Denied", "<p>Access was not allowed. Close this page.</p>");
  return page(
    200,
    "Allowed",
    `<p>Give this verifier to the application:</p><p><code id="verifier">${verifier}</code></p>`,
  );
}

function consentForm(found: RequestToken, accounts: readonly User[]): string {
  return `<p>The application with key <code>${escapeHtml(found.consumerKey)}</code> asks to act for you.</p>
${personChoice(accounts)}`;
}
