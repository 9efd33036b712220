import type { Ledger } from "../budget/ledger.ts";
import { spendOne } from "../budget/spend.ts";
import type { Credentials } from "../oauth/credentials.ts";
import type { KeyPair } from "../oauth/signing.ts";
import type { TokenKeeper } from "../oauth/token-keeper.ts";
import { Problem } from "../platform/problem.ts";
import type { BudgetClient } from "../platform/share-schema.ts";
import { UpstreamError, type UpstreamResponse } from "../platform/upstream.ts";
import { passAnswer } from "./answer.ts";
import { type Authorise, authorisationOf } from "./authorisation.ts";
import type { Forwarded } from "./caching.ts";
import type { UpstreamCall } from "./call.ts";
import { hadNoEffect } from "./outcome.ts";
import type { Trace } from "./record.ts";
import { reportOutcome } from "./report-outcome.ts";
import { sendCall } from "./send.ts";

/** What sending a call needs. */
export type ForwardDependencies = {
  /** The OAuth 1.0a application; asked for only where a call is signed with it. */
  application: () => Promise<KeyPair>;
  connections: TokenKeeper;
  ledger: Ledger;
  /** Origin of Upwork; no other host is ever called. */
  upstream: string;
  /** For one upstream call; a call that waited for budget has what is left of its time. */
  upstreamTimeoutMs: number;
  now: () => number;
};

export type ForwardRequest = {
  client: BudgetClient;
  call: UpstreamCall;
  credentials: Credentials;
  waitMs: number;
  /** Whether the call only reads. */
  isSafe: boolean;
  /** How often the call may be sent again after a failure that may pass; unless told, once where it only reads. */
  retries: number | undefined;
  /** When the call must have its answer, in ms since 1970. */
  deadline: number;
  trace: Trace;
};

/** A call must be answered within API Gateway's 30 s, the upstream's time included. */
export const callTimeMs = 27_000;

/** Upwork is reached, but something on its side could not be: the answer to the same call may be another in a moment. */
const passingStatuses = [502, 503, 504];
const pauseMs = 150;
/** A send with less time than this would only be cut off. */
const leastTimeMs = 1_000;

type AuthorisedRequest = ForwardRequest & { authorise: Authorise };

type Attempt = { problem: Problem; forwarded?: undefined } | { problem: undefined; forwarded: Forwarded };

/**
 * Spends a unit, sends the call, and sends it again where that is allowed and makes sense: once with a new token after a
 * 401, which Upwork gives before it acts on a call; and as {@link forwardWith} does.
 *
 * @throws Problem
 */
export async function forwardCall(dependencies: ForwardDependencies, request: ForwardRequest): Promise<Forwarded> {
  const { connections, now } = dependencies;
  const first = await forwardWith(dependencies, request, request.credentials);
  if (first.answer.status !== 401) return first;
  const { call, credentials, deadline } = request;
  const renewed = await connections.afterRefusal(call.connection, credentials, deadline);
  if (renewed === undefined || deadline - now() < leastTimeMs) return first;
  try {
    return await forwardWith(dependencies, { ...request, waitMs: 0, retries: 0 }, renewed);
  } catch (error) {
    // The 401 is what the caller must learn where the budget admits no second try.
    if (error instanceof Problem && !isUpstreamFault(error)) return first;
    throw error;
  }
}

/**
 * Sends with these credentials, and again after a connection that failed and after 502, 503, 504; each time for a unit of
 * its own. Never after 429: that closes the gate for everybody.
 */
async function forwardWith(
  dependencies: ForwardDependencies,
  asked: ForwardRequest,
  credentials: Credentials,
): Promise<Forwarded> {
  const request = { ...asked, authorise: await authorisationOf(credentials, dependencies.application) };
  let attempt = await tryOnce(dependencies, request);
  for (let left = request.retries ?? (request.isSafe ? 1 : 0); left > 0 && mayPass(attempt); left -= 1) {
    if (request.deadline - dependencies.now() < pauseMs + leastTimeMs) break;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    const again = await tryOnce(dependencies, { ...request, waitMs: 0 });
    // The first failure is what the caller must learn where the budget admits no second try.
    if (again.problem !== undefined && !isUpstreamFault(again.problem)) break;
    // What was sent once stays sent: whoever repeats a write must know, though its repetition was refused or never left.
    if (wasSent(attempt) && !request.isSafe && isRefused(again)) break;
    if (wasSent(again) || !wasSent(attempt)) attempt = again;
  }
  if (attempt.problem !== undefined) throw attempt.problem;
  return attempt.forwarded;
}

function mayPass(attempt: Attempt): boolean {
  if (attempt.problem !== undefined) {
    const { cause } = attempt.problem;
    return cause instanceof UpstreamError && (cause.reason === "unreachable" || cause.reason === "truncated");
  }
  return passingStatuses.includes(attempt.forwarded.answer.status);
}

const isRefused = ({ forwarded }: Attempt) => forwarded !== undefined && hadNoEffect(forwarded.answer.status);

const wasSent = ({ problem }: Attempt) => problem === undefined || problem.members.sent === true;

const isUpstreamFault = ({ kind }: Problem) =>
  kind === "upstream-unreachable" || kind === "upstream-timeout" || kind === "upstream-answer-refused";

async function tryOnce(dependencies: ForwardDependencies, request: AuthorisedRequest): Promise<Attempt> {
  try {
    return { problem: undefined, forwarded: await spend(dependencies, request) };
  } catch (error) {
    if (error instanceof Problem) return { problem: error };
    if (!(error instanceof UpstreamError)) throw error;
    // Few calls fail.
    const { upstreamProblem } = await import("./upstream-problem.ts");
    return { problem: upstreamProblem(error) };
  }
}

/** Reserves a unit, sends once, and tells the ledger what the answer says about Upwork's limits. */
async function spend(dependencies: ForwardDependencies, request: AuthorisedRequest): Promise<Forwarded> {
  const { ledger, now } = dependencies;
  const { client, trace } = request;
  // A call that waited for a token or for another's answer has less time left to wait for budget.
  const waitMs = Math.max(0, Math.min(request.waitMs, request.deadline - leastTimeMs - now()));
  let sentAt = now();
  const send = () => {
    sentAt = now();
    return sendTimed(dependencies, request, sentAt);
  };
  const { answer, admission } = await spendOne(ledger, send, { client, waitMs });
  trace.limits = admission.limits;
  await reportOutcome(ledger, admission, answer, now());
  return { answer: passAnswer(answer), sentAt };
}

/** Sends once, in the time that is left, and notes what it took. */
async function sendTimed(
  { upstream, upstreamTimeoutMs, now }: ForwardDependencies,
  { call, authorise, deadline, trace }: AuthorisedRequest,
  sentAt: number,
): Promise<UpstreamResponse> {
  trace.attempts += 1;
  trace.cost += 1;
  try {
    const timeoutMs = Math.max(leastTimeMs, Math.min(upstreamTimeoutMs, deadline - sentAt));
    return await sendCall(upstream, call, authorise, { timeoutMs, now: sentAt });
  } catch (error) {
    if (error instanceof UpstreamError && !error.sent) trace.cost -= 1;
    throw error;
  } finally {
    trace.upstreamMs += now() - sentAt;
  }
}
