import { rateLimitHeaders } from "../budget/ratelimit-headers.ts";
import { requireRestAccess } from "../clients/access.ts";
import type { Client } from "../clients/clients.ts";
import { effectiveMethods } from "../clients/effective-methods.ts";
import type { Credentials } from "../oauth/credentials.ts";
import type { HttpResponse } from "../platform/http.ts";
import type { Answer } from "./answer.ts";
import { type Answered, answerRead, answerWrite, respond } from "./answered.ts";
import { type CacheWishes, noWishes } from "./cache-control.ts";
import { cacheKey } from "./cache-key.ts";
import { cacheRules } from "./cache-rules.ts";
import type { Caching, Forwarded } from "./caching.ts";
import { hasBody, type UpstreamCall } from "./call.ts";
import { refuseHopeless } from "./checks.ts";
import { callTimeMs, type ForwardDependencies, forwardCall } from "./forwarding.ts";
import { templateOf } from "./path-match.ts";
import { type RecordCall, recorded, type Trace } from "./record.ts";
import type { Repeats } from "./repeats.ts";

/** What a call through the gateway needs, however it came. */
export type CallDependencies = ForwardDependencies & {
  /** Without it nothing is answered from a cache. */
  caching?: Caching;
  /** Without it `Idempotency-Key` means nothing. */
  repeats?: Repeats;
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
  /** What the caller wants of the cache; unless told, whatever the rules allow. */
  wishes?: CacheWishes;
  ifNoneMatch?: string | undefined;
  /** Makes a write safe to repeat: the same key and the same call have one effect. */
  idempotencyKey?: string | undefined;
  /** How often a failed call may be sent again; unless told, once for a call that only reads. */
  retries?: number | undefined;
};

/**
 * Makes one call through the gateway: allowed, possible, answered from the cache or within the budget, signed and sent.
 * It knows nothing of how the call came: HTTP, direct events and watches all use it.
 *
 * @throws Problem where the gateway refuses, or the upstream gives no usable answer; the record goes to `recordCall` then
 */
export async function performCall(dependencies: CallDependencies, request: CallRequest): Promise<HttpResponse> {
  const { ledger, now } = dependencies;
  const { client, call, requestId } = request;
  const { connection, method, path } = call;
  const known = { requestId, client: client.id, connection, method, path: templateOf(path) };
  return recorded(dependencies, known, async (trace, startedAt) => {
    requireRestAccess(client, call);
    if (client.checks) refuseHopeless(call);
    const answered = await answerCall(dependencies, request, trace, startedAt + callTimeMs);
    const limits = trace.limits ?? (await ledger.standing().catch(() => []));
    const advice = await adviceOn(answered.answer, call);
    const response = respond(answered, request.ifNoneMatch, now(), {
      ...rateLimitHeaders(limits),
      "gateway-cost": String(trace.cost),
      "gateway-attempts": String(trace.attempts),
      ...(advice === undefined ? {} : { "gateway-advice": advice }),
    });
    return { response };
  });
}

/** From the cache where a rule allows it, once for each idempotency key where the caller gives one, else from Upwork. */
async function answerCall(
  dependencies: CallDependencies,
  request: CallRequest,
  trace: Trace,
  deadline: number,
): Promise<Answered> {
  const { caching, repeats, connections } = dependencies;
  const { client, call, waitMs, idempotencyKey, retries, wishes = noWishes } = request;
  const credentials: Credentials = await connections.credentials(call.connection);
  // A GET that names another method somewhere may be taken for that: it is neither repeated nor cached.
  const isSafe = [call.method, ...effectiveMethods(call)].every((method) => method === "GET" || method === "HEAD");
  const forward = (): Promise<Forwarded> =>
    forwardCall(dependencies, { client, call, credentials, waitMs, isSafe, retries, deadline, trace });

  if (!isSafe) return answerWrite(repeats, { client: client.id, call, idempotencyKey, wishes, forward });
  // The key knows nothing of a body; an answer to one would be everybody's answer to the call without it.
  const rule = call.method === "GET" && !hasBody(call) ? cacheRules[templateOf(call.path)] : undefined;
  const keyOf = () => cacheKey(call, credentials);
  return answerRead(caching, { rule, keyOf, wishes, client: client.id, waitMs, deadline, forward }, trace);
}

/** Few answers need it. The one failure that hides behind 200 is plain text. */
async function adviceOn(answer: Answer, call: UpstreamCall): Promise<string | undefined> {
  if (answer.status < 400 && !/^text\/plain/i.test(answer.headers["content-type"] ?? "")) return undefined;
  return (await import("./advice.ts")).adviceOn(answer, call);
}
