import type { Ledger, Outcome } from "../budget/ledger.ts";
import { rateLimitHeaders } from "../budget/ratelimit-headers.ts";
import { spendOne } from "../budget/spend.ts";
import type { Authenticate } from "../clients/authenticate.ts";
import type { ConnectionStore } from "../oauth/connections.ts";
import { createNonce, type KeyPair, signRequest } from "../oauth/signing.ts";
import type { HttpRequest, HttpResponse } from "../platform/http.ts";
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
  const { answer, admission } = await spendOne(ledger, () => send(dependencies, call, consumer, token));
  await ledger.report(admission, outcomeOf(answer));
  if (answer.status === 401) connections.forget(call.connection);
  return passAnswer(answer, { ...rateLimitHeaders(admission.limits), "gateway-cost": "1", "gateway-attempts": "1" });
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
    timeoutMs: upstreamTimeoutMs,
  });
}

/** What an answer says about the upstream's limits. */
export function outcomeOf(answer: UpstreamResponse): Outcome {
  if (answer.status === 429) {
    const seconds = Number(answer.headers["retry-after"]);
    return Number.isFinite(seconds) && seconds > 0
      ? { kind: "limited", retryAfterMs: seconds * 1000 }
      : { kind: "limited" };
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
