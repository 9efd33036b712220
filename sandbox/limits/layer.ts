import type { Context } from "../context.ts";
import { errorAnswer } from "../http/answers.ts";
import type { Answer, Exchange, Layer } from "../http/exchange.ts";
import { formOf } from "../oauth1/wire.ts";
import { bearer, oauth2Paths } from "../oauth2/steps.ts";
import type { Admission } from "./limits.ts";

/** Pages for people are not calls: nobody counts them. */
const pages = new Set<string>(["/services/api/auth", oauth2Paths.authorize]);

/** Counts every call, token steps included, and refuses what is too much before anything else looks at it. */
export const limits =
  (context: Context): Layer =>
  (exchange, next) => {
    if (pages.has(exchange.path)) return next();
    const key = keyOf(context, exchange);
    const admission = context.limits.admit({ ip: exchange.remoteAddress, key }, exchange.receivedAt);
    return admission.kind === "admitted" ? next() : refusal(context, exchange, admission);
  };

/**
 * What a refused caller is told. Upwork states the limits of an address for its web tier, and clients report 429s that
 * are no JSON; a key's own limits are the API's, which has errors of its own.
 */
function refusal(
  { limits: { settings }, clock }: Context,
  { path, note }: Exchange,
  admission: Exclude<Admission, { kind: "admitted" }>,
): Answer {
  const { retryAfter, disabledStatus } = settings();
  if (admission.kind === "disabled") {
    note.verdict = "key disabled";
    return errorAnswer(path, disabledStatus, "Consumer key unknown or disabled.", clock.now());
  }
  const { limit, scope, retryAfterSeconds } = admission;
  note.verdict = `limited: ${limit}`;
  const answer: Answer =
    scope === "key"
      ? errorAnswer(path, 429, "Too Many Requests", clock.now())
      : { status: 429, headers: { "content-type": "text/plain" }, body: "Too Many Requests" };
  return retryAfter ? { ...answer, headers: { ...answer.headers, "retry-after": String(retryAfterSeconds) } } : answer;
}

const consumerKey = /oauth_consumer_key="?([A-Za-z0-9._~-]{1,100})/;

/** The key a call names, before anybody has checked that it is whose it says. */
function keyOf(context: Context, exchange: Exchange): string | undefined {
  const { authorization } = exchange.headers;
  const grant = bearer(context, authorization);
  if (grant !== undefined) return grant === "dead" ? undefined : grant.clientId;
  const form = formOf(exchange) ?? "";
  const [, key] = consumerKey.exec(authorization ?? "") ?? consumerKey.exec(`${exchange.query}&${form}`) ?? [];
  return key ?? new URLSearchParams(form).get("client_id") ?? undefined;
}
