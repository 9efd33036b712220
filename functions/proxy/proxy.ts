import type { Ledger, Outcome } from "../budget/ledger.ts";
import { rateLimitHeaders } from "../budget/ratelimit-headers.ts";
import { spendOne } from "../budget/spend.ts";
import type { Authenticate } from "../clients/authenticate.ts";
import type { ConnectionStore } from "../oauth/connections.ts";
import { createNonce, type KeyPair, signRequest } from "../oauth/signing.ts";
import type { HttpRequest, HttpResponse } from "../platform/http.ts";
import { logger } from "../platform/log.ts";
import { Problem } from "../platform/problem.ts";
import { sendUpstream, UpstreamError, type UpstreamResponse } from "../platform/upstream.ts";
import { passAnswer } from "./answer.ts";
import { encodeCall, readCall, type UpstreamCall } from "./call.ts";

export type ProxyDependencies = {
  authenticate: Authenticate;
  application: () => Promise<KeyPair>;
  connections: Pick<ConnectionStore, "credentials" | "forget">;
  ledger: Ledger;
  /** Origin of Upwork; no other host is ever called. */
  upstream: string;
  /** For one upstream call; a call that waited for budget has what is left of the time before API Gateway ends it. */
  upstreamTimeoutMs: number;
  now: () => number;
};

/**
 * One call through the gateway: who calls, what, within the budget, signed, sent, and the answer unchanged.
 * Everything that can be refused is refused before a unit is reserved.
 *
 * @throws Problem for every answer the gateway makes itself
 */
export async function proxyCall(dependencies: ProxyDependencies, request: HttpRequest): Promise<HttpResponse> {
  try {
    return await forward(dependencies, request);
  } catch (error) {
    const problem = error instanceof UpstreamError ? upstreamProblem(error) : error;
    if (problem instanceof Problem) await addStanding(dependencies.ledger, problem);
    throw problem;
  }
}

async function forward(dependencies: ProxyDependencies, request: HttpRequest): Promise<HttpResponse> {
  const { authenticate, application, connections, ledger } = dependencies;
  const client = await authenticate(request.headers);
  const call = readCall(request, client);
  const [consumer, token] = await Promise.all([application(), connections.credentials(call.connection)]);
  const startedAt = dependencies.now();
  const waitSeconds = preferredWaitSeconds(request.headers.prefer);
  const { answer, admission } = await spendOne(ledger, () => send(dependencies, call, consumer, token, startedAt), {
    waitMs: waitSeconds * 1000,
  });
  const outcome = outcomeOf(answer);
  if (outcome.kind !== "ok") logger.warn("budget.closed", { because: outcome.kind, status: answer.status });
  // The answer is here; a store that cannot note what it said about the limits must not lose it.
  await ledger.report(admission, outcome).catch((error: Error) => logger.error("gate not updated", { error }));
  if (answer.status === 401) connections.forget(call.connection);
  return passAnswer(answer, {
    ...rateLimitHeaders(admission.limits),
    ...(waitSeconds > 0 ? { "preference-applied": `wait=${waitSeconds}` } : {}),
    "gateway-cost": "1",
    "gateway-attempts": "1",
  });
}

/** A refusal tells what is left of the budget too, as far as the store can be asked. */
async function addStanding(ledger: Ledger, problem: Problem): Promise<void> {
  if (problem.headers.ratelimit !== undefined || problem.kind === "budget-store-unavailable") return;
  const limits = await ledger.standing().catch(() => []);
  Object.assign(problem.headers, rateLimitHeaders(limits));
}

function send(
  { upstream, upstreamTimeoutMs, now }: ProxyDependencies,
  call: UpstreamCall,
  consumer: KeyPair,
  token: KeyPair,
  startedAt: number,
): Promise<UpstreamResponse> {
  const { pathAndQuery, body, signedParameters, headers } = encodeCall(call);
  const url = new URL(upstream + pathAndQuery);
  const { header } = signRequest({
    method: call.method,
    url,
    parameters: signedParameters,
    consumer,
    token,
    nonce: createNonce(),
    timestamp: Math.floor(now() / 1000),
  });
  return sendUpstream({
    method: call.method,
    url,
    // Nothing is decompressed on the way, so the body comes back byte for byte.
    headers: { ...headers, authorization: header, "accept-encoding": "identity", "user-agent": "upwork-gateway" },
    body,
    timeoutMs: Math.max(1_000, Math.min(upstreamTimeoutMs, callTimeMs - (now() - startedAt))),
  });
}

/** A call must be answered within API Gateway's 30 s, the upstream's time included. */
const maxWaitSeconds = 20;
const callTimeMs = 27_000;

/** The seconds of `Prefer: wait=N` (RFC 7240 section 4.3), at most 20; 0 where none is asked for. */
export function preferredWaitSeconds(prefer: string | undefined): number {
  const wait = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,6})"?\s*(?:$|[,;])/i.exec(prefer ?? "")?.[1];
  return Math.min(maxWaitSeconds, Number(wait ?? 0));
}

/** Upwork's wording for a disabled key is not documented; a 403 that speaks of one is taken for it. */
const disabledKey = /\b(key|application|app)\b[^.]{0,60}\b(disabled|suspended|deactivated)\b/i;

/** What an answer says about the upstream's limits. */
export function outcomeOf(answer: UpstreamResponse): Outcome {
  if (answer.status === 429) {
    const seconds = Number(answer.headers["retry-after"]);
    return Number.isFinite(seconds) && seconds > 0
      ? { kind: "limited", retryAfterMs: seconds * 1000 }
      : { kind: "limited" };
  }
  if (answer.status === 403) {
    const message = `${answer.headers["x-upwork-error-message"] ?? ""} ${Buffer.from(answer.body).toString("utf8", 0, 2_000)}`;
    if (disabledKey.test(message)) return { kind: "disabled" };
  }
  return { kind: "ok" };
}

function upstreamProblem(error: UpstreamError): Problem {
  const options = {
    cause: error,
    members: { stage: error.stage, sent: error.sent },
    headers: { "gateway-cost": error.sent ? "1" : "0" },
  };
  const spent = error.sent ? "The call may have reached Upwork, so its unit stays spent." : "Nothing was sent.";
  switch (error.reason) {
    case "timeout":
      return new Problem(
        "upstream-timeout",
        `Upwork did not answer in time (stage: ${error.stage}). ${spent}`,
        options,
      );
    case "unreachable":
      return new Problem("upstream-unreachable", `Upwork cannot be reached (stage: ${error.stage}). ${spent}`, options);
    case "truncated":
      return new Problem(
        "upstream-answer-refused",
        "Upwork's answer ended early; a cut body is never passed on.",
        options,
      );
    case "too-large":
      return new Problem("upstream-answer-refused", "Upwork's answer is larger than Lambda can pass on.", options);
  }
}
