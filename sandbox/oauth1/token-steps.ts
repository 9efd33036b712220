import type { Context } from "../context.ts";
import type { Answer, Exchange, Layer } from "../http/exchange.ts";
import { ownBaseString, refusal } from "./refuse.ts";
import { verify } from "./verify.ts";
import { signedRequest } from "./wire.ts";

const path = /^\/api\/auth\/v1\/oauth\/token\/(request|access)$/;

/** `POST /api/auth/v1/oauth/token/request` and `.../access`: form-encoded answers, `oauth_callback_confirmed=1`. */
export const tokenSteps =
  (context: Context): Layer =>
  (exchange, next) => {
    const step = exchange.method === "POST" ? path.exec(exchange.path)?.[1] : undefined;
    if (step === undefined) return next();
    return step === "request" ? requestToken(context, exchange) : accessToken(context, exchange);
  };

function requestToken(context: Context, exchange: Exchange): Answer {
  const verdict = verify(context, signedRequest(context, exchange), "none", ownBaseString(exchange));
  if (!verdict.ok) return refusal(context, exchange, verdict);
  // Official clients send no callback, an empty one, "oob" or a URL (facts of their sources).
  const wanted = verdict.parameters.find(([name]) => name === "oauth_callback")?.[1];
  const callback = wanted === "" || wanted === "oob" ? undefined : wanted;
  const { consumerKey } = verdict.application;
  const { token, secret } = context.tokens.issueRequestToken(consumerKey, callback, context.clock.now());
  return granted(exchange, consumerKey, `oauth_callback_confirmed=1&oauth_token=${token}&oauth_token_secret=${secret}`);
}

function accessToken(context: Context, exchange: Exchange): Answer {
  const verdict = verify(context, signedRequest(context, exchange), "request", ownBaseString(exchange));
  if (!verdict.ok) return refusal(context, exchange, verdict);
  const get = (name: string) => verdict.parameters.find(([known]) => known === name)?.[1] ?? "";
  const isRight = get("oauth_verifier") !== "" && get("oauth_verifier") === verdict.requestToken?.verifier;
  const issued = isRight ? context.tokens.exchange(get("oauth_token")) : undefined;
  if (issued === undefined) {
    return refusal(context, exchange, { ok: false, message: "Request token is unknown, expired or not authorised." });
  }
  const { consumerKey } = verdict.application;
  return granted(exchange, consumerKey, `oauth_token=${issued.token}&oauth_token_secret=${issued.secret}`);
}

function granted(exchange: Exchange, consumerKey: string, body: string): Answer {
  Object.assign(exchange.note, { consumerKey, verdict: "ok" });
  return { status: 200, headers: { "content-type": "application/x-www-form-urlencoded" }, body };
}
