import type { Ledger } from "../budget/ledger.ts";
import { rateLimitHeaders } from "../budget/ratelimit-headers.ts";
import type { Admission } from "../budget/reservation.ts";
import { spendOne } from "../budget/spend.ts";
import { requireRestAccess } from "../clients/access.ts";
import type { Client } from "../clients/clients.ts";
import type { ConnectionStore } from "../oauth/connections.ts";
import type { KeyPair } from "../oauth/signing.ts";
import type { HttpResponse } from "../platform/http.ts";
import { logger } from "../platform/log.ts";
import { Problem } from "../platform/problem.ts";
import { UpstreamError, type UpstreamResponse } from "../platform/upstream.ts";
import { passAnswer } from "./answer.ts";
import { type Authorise, authorisationOf } from "./authorisation.ts";
import type { UpstreamCall } from "./call.ts";
import { refuseHopeless } from "./checks.ts";
import { outcomeOf, upstreamProblem } from "./outcome.ts";
import { templateOf } from "./path-match.ts";
import type { CallRecord, RecordCall, Trace } from "./record.ts";
import { sendCall } from "./send.ts";

/** What a call through the gateway needs, however it came. */
export type CallDependencies = {
  /** The OAuth 1.0a application; asked for only where a call is signed with it. */
  application: () => Promise<KeyPair>;
  connections: Pick<ConnectionStore, "credentials" | "forget">;
  ledger: Ledger;
  /** Origin of Upwork; no other host is ever called. */
  upstream: string;
  /** For one upstream call; a call that waited for budget has what is left of the time before API Gateway ends it. */
  upstreamTimeoutMs: number;
  now: () => number;
  /** Takes the record of every call, refused ones included. */
  recordCall?: RecordCall;
};

/** One call, by whom, and how it may be made. */
export type CallRequest = {
  client: Client;
  call: UpstreamCall;
  /** How long the call may wait for budget. */
  waitMs: number;
  requestId: string;
};

export type CallResult = { response: HttpResponse; record: CallRecord };

/** A call must be answered within API Gateway's 30 s, the upstream's time included. */
const callTimeMs = 27_000;

/**
 * Makes one call through the gateway: within the budget, signed, sent, and the answer unchanged. It knows nothing of how
 * the call came: HTTP, direct events and watches all use it.
 *
 * @throws Problem where the gateway refuses, or the upstream gives no usable answer; the record goes to `recordCall` then
 */
export async function performCall(dependencies: CallDependencies, request: CallRequest): Promise<CallResult> {
  const { now } = dependencies;
  const trace: Trace = { upstreamMs: 0, cost: 0, attempts: 0 };
  const startedAt = now();
  const finish = async (end: Pick<CallRecord, "status" | "problem">): Promise<CallRecord> => {
    const record = recordOf(request, trace, startedAt, now(), end);
    await dependencies.recordCall?.(record);
    return record;
  };
  try {
    requireRestAccess(request.client, request.call);
    if (request.client.checks) refuseHopeless(request.call);
    const response = await spend(dependencies, request, trace, startedAt);
    return { response, record: await finish({ status: response.status }) };
  } catch (error) {
    const problem = error instanceof UpstreamError ? upstreamProblem(error) : error;
    const { status, kind } = problem instanceof Problem ? problem : ({ status: 500, kind: "internal" } as const);
    await finish({ status, problem: kind });
    throw problem;
  }
}

/** Reserves a unit, sends the call, and tells the ledger what the answer says about Upwork's limits. */
async function spend(
  dependencies: CallDependencies,
  { client, call, waitMs }: CallRequest,
  trace: Trace,
  startedAt: number,
): Promise<HttpResponse> {
  const { application, connections, ledger } = dependencies;
  const authorise = await authorisationOf(await connections.credentials(call.connection), application);
  const { answer, admission } = await spendOne(
    ledger,
    () => sendTimed(dependencies, call, authorise, trace, startedAt),
    { client, waitMs },
  );
  await reportOutcome(ledger, admission, answer);
  if (answer.status === 401) connections.forget(call.connection);
  return passAnswer(answer, {
    ...rateLimitHeaders(admission.limits),
    "gateway-cost": String(trace.cost),
    "gateway-attempts": String(trace.attempts),
  });
}

/** Sends once, in the time that is left, and notes what it took. */
async function sendTimed(
  { upstream, upstreamTimeoutMs, now }: CallDependencies,
  call: UpstreamCall,
  authorise: Authorise,
  trace: Trace,
  startedAt: number,
): Promise<UpstreamResponse> {
  const sentAt = now();
  trace.attempts += 1;
  trace.cost += 1;
  try {
    const timeoutMs = Math.max(1_000, Math.min(upstreamTimeoutMs, callTimeMs - (sentAt - startedAt)));
    return await sendCall(upstream, call, authorise, { timeoutMs, now: sentAt });
  } catch (error) {
    if (error instanceof UpstreamError && !error.sent) trace.cost -= 1;
    throw error;
  } finally {
    trace.upstreamMs += now() - sentAt;
  }
}

async function reportOutcome(ledger: Ledger, admission: Admission, answer: UpstreamResponse): Promise<void> {
  const outcome = outcomeOf(answer);
  if (outcome.kind !== "ok") logger.warn("budget.closed", { because: outcome.kind, status: answer.status });
  // The answer is here; a store that cannot note what it said about the limits must not lose it.
  await ledger.report(admission, outcome).catch((error: Error) => logger.error("gate not updated", { error }));
}

function recordOf(
  { client, call, requestId }: CallRequest,
  trace: Trace,
  startedAt: number,
  endedAt: number,
  end: Pick<CallRecord, "status" | "problem">,
): CallRecord {
  return {
    at: startedAt,
    requestId,
    client: client.id,
    connection: call.connection,
    method: call.method,
    path: templateOf(call.path),
    ...end,
    ...trace,
    gatewayMs: endedAt - startedAt - trace.upstreamMs,
  };
}
