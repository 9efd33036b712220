import type { Context } from "../context.ts";
import { jsonAnswer } from "../http/answers.ts";
import type { Answer, Exchange, Layer } from "../http/exchange.ts";
import { formOf } from "../oauth1/wire.ts";
import { escapeHtml, page, personChoice } from "../page.ts";
import {
  type Authorisation,
  decided,
  oauth2Paths,
  readAuthorisation,
  revokeAnswer,
  type TokenAnswer,
  tokenAnswer,
} from "./steps.ts";

/** OAuth 2.0 as Upwork serves it today: the consent page, the token endpoint, revocation. */
export const oauth2 =
  (context: Context): Layer =>
  (exchange, next) => {
    const { method, path, headers } = exchange;
    if (path === oauth2Paths.authorize) return consentStep(context, exchange);
    if (method !== "POST") return next();
    const form = new URLSearchParams(formOf(exchange) ?? "");
    if (path === oauth2Paths.token) return told(exchange, tokenAnswer(context, form, headers.authorization));
    if (path === oauth2Paths.revoke) return told(exchange, revokeAnswer(context, form, headers.authorization));
    return next();
  };

function told({ note }: Exchange, { status, body, headers, clientId }: TokenAnswer): Answer {
  note.verdict = status === 200 ? "ok" : String(body.error_description ?? body.error);
  if (clientId !== undefined) note.consumerKey = clientId;
  return jsonAnswer(status, body, headers);
}

function consentStep(context: Context, exchange: Exchange): Answer {
  const asked = readAuthorisation(context, new URLSearchParams(exchange.query));
  if (asked.kind === "unusable") return page(400, asked.title, `<p>${escapeHtml(asked.text)}</p>`);
  if (asked.kind === "back") return redirect(asked.location);
  const { accounts } = context.world;
  const form = formOf(exchange);
  if (exchange.method !== "POST" || form === undefined) {
    return page(200, "Allow access?", `${question(asked)}${personChoice(accounts)}`);
  }
  const sent = new URLSearchParams(form);
  if (sent.get("decision") !== "allow") return redirect(decided(context, asked, undefined));
  const userId = sent.get("user") ?? accounts[0]?.id;
  const user = accounts.find(({ id }) => id === userId);
  if (user === undefined) return page(400, "Unknown user", "<p>Nobody of this name lives here.</p>");
  return redirect(decided(context, asked, user.id));
}

function question({ application, target }: Extract<Authorisation, { kind: "asked" }>): string {
  return `<p>The application with key <code>${escapeHtml(application.clientId)}</code> asks to act for you, and will take you back to <code>${escapeHtml(target.host)}</code>.</p>`;
}

const redirect = (location: string): Answer => ({
  status: 302,
  headers: { location, "cache-control": "no-store" },
  body: "",
});
