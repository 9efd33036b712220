import type { Application } from "../applications.ts";
import type { Context } from "../context.ts";
import { type Explanation, explainSignature } from "./diagnose.ts";
import { collectParameters, isSignedBy, type Pair, type WireRequest } from "./signature.ts";
import { type RequestToken, requestTokenLifeMs } from "./tokens.ts";

export type Verdict =
  | { ok: true; application: Application; parameters: readonly Pair[]; userId?: string; requestToken?: RequestToken }
  | Refusal;

export type Refusal = {
  ok: false;
  message: string;
  /** Only where a signature is wrong. */
  explanation?: Explanation;
};

const signatureMethods = ["HMAC-SHA1", "PLAINTEXT"];

const replayText = "Duplicate timestamp/nonce combination, possible replay attack. Request rejected.";
const protocolNames = [
  "oauth_consumer_key",
  "oauth_signature_method",
  "oauth_timestamp",
  "oauth_nonce",
  "oauth_signature",
] as const;

/**
 * Verifies a signed request: who signs, with which token, when, and never twice. Texts are Upwork's where known.
 *
 * @param own the base string that the caller says it signed, for the explanation of a wrong signature
 */
export function verify(
  { applications, tokens, clock, switches }: Context,
  request: WireRequest,
  tokenKind: "none" | "request" | "access",
  own?: string,
): Verdict {
  const failed = (message: string): Refusal => ({ ok: false, message });
  const parameters = collectParameters(request);
  if (parameters === undefined) return failed("Verification of signature failed.");
  const get = (name: string) => parameters.find(([known]) => known === name)?.[1] ?? "";
  for (const name of protocolNames) {
    if (get(name) === "") return failed(`Missing OAuth parameter: ${name}`);
    if (parameters.filter(([known]) => known === name).length > 1) return failed(`Duplicate OAuth parameter: ${name}`);
  }
  const application = applications.find(({ consumerKey }) => consumerKey === get("oauth_consumer_key"));
  if (application === undefined) return failed("Consumer key unknown or disabled.");

  let tokenSecret = "";
  let userId: string | undefined;
  const token = get("oauth_token");
  const requestToken = tokenKind === "request" ? tokens.requestToken(token) : undefined;
  if (tokenKind === "request") {
    if (requestToken === undefined || clock.now() - requestToken.createdAt > requestTokenLifeMs) {
      return failed("Request token is unknown, expired or not authorised.");
    }
    tokenSecret = requestToken.secret;
  } else if (tokenKind === "access") {
    const found = tokens.accessToken(token);
    if (found === undefined || found.consumerKey !== application.consumerKey) {
      return failed(
        `The consumer_key "${application.consumerKey}" token combination does not exist or is not enabled.`,
      );
    }
    tokenSecret = found.secret;
    userId = found.userId;
  }
  const signatureMethod = get("oauth_signature_method");
  if (!signatureMethods.includes(signatureMethod)) return failed(`Unsupported signature method: ${signatureMethod}`);
  if (!isSignedBy(request, parameters, application.consumerSecret, tokenSecret)) {
    const secrets = { consumer: application.consumerSecret, token: tokenSecret };
    const explanation = switches.explainSignatures ? explainSignature(request, parameters, secrets, own) : undefined;
    return { ...failed("Verification of signature failed."), ...(explanation === undefined ? {} : { explanation }) };
  }
  const timestamp = Number(get("oauth_timestamp"));
  if (!Number.isInteger(timestamp)) return failed("Timestamp is out of sequence. Request rejected.");
  if (switches.checkTimestamps && Math.abs(clock.now() / 1000 - timestamp) > switches.skewSeconds) {
    return failed(`Timestamp is out of sequence. Request rejected. The allowed skew is ${switches.skewSeconds}`);
  }
  const signer = `${application.consumerKey} ${token}`;
  const isFresh =
    !switches.checkNonces || tokens.rememberNonce(signer, timestamp, get("oauth_nonce"), switches.skewSeconds);
  if (!isFresh) return failed(replayText);
  return {
    ok: true,
    application,
    parameters,
    ...(userId === undefined ? {} : { userId }),
    ...(requestToken === undefined ? {} : { requestToken }),
  };
}
