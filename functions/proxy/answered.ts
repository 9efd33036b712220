import type { HttpResponse } from "../platform/http.ts";
import { Problem } from "../platform/problem.ts";
import { isNamed } from "./cache-key.ts";
import type { CacheRule } from "./cache-rules.ts";
import type { CacheRequest, CacheResult, Caching } from "./caching.ts";
import type { UpstreamCall } from "./call.ts";
import type { Trace } from "./record.ts";
import type { Repeats } from "./repeats.ts";

/** An answer, wherever it is from, and what is to be said about that. */
export type Answered = Pick<CacheResult, "answer" | "storedAt" | "etag"> & {
  cacheStatus: string;
  isReplayed?: boolean;
};

/**
 * Answers a call that only reads: from the cache where a rule allows it, else from Upwork.
 *
 * @throws Problem, `not-cached` among them where the caller wants a cached answer or none
 */
export async function answerRead(
  caching: Caching | undefined,
  {
    rule,
    keyOf,
    ...request
  }: Omit<CacheRequest, "rule" | "key"> & { rule: CacheRule | undefined; keyOf: () => string },
  trace: Trace,
): Promise<Answered> {
  if (rule === undefined || caching === undefined) {
    refuseUncached(request.wishes);
    return { answer: (await request.forward()).answer, cacheStatus: "fwd=bypass" };
  }
  trace.cache = "miss";
  const result = await caching.answer({ ...request, rule, key: keyOf() });
  trace.cache = result.kind;
  return { ...result, cacheStatus: result.status };
}

/**
 * Answers a call that may change something: once for each idempotency key where the caller gives one.
 *
 * @throws Problem, `not-cached` among them where the caller wants a cached answer or none
 */
export async function answerWrite(
  repeats: Repeats | undefined,
  {
    client,
    call,
    idempotencyKey,
    wishes,
    forward,
  }: Pick<CacheRequest, "client" | "wishes" | "forward"> & {
    call: UpstreamCall;
    idempotencyKey: string | undefined;
  },
): Promise<Answered> {
  refuseUncached(wishes);
  const make = async () => (await forward()).answer;
  const cacheStatus = "fwd=method";
  if (idempotencyKey === undefined || repeats === undefined) return { answer: await make(), cacheStatus };
  return { ...(await repeats.once(client, idempotencyKey, call, make)), cacheStatus };
}

function refuseUncached({ onlyIfCached }: CacheRequest["wishes"]): void {
  if (!onlyIfCached) return;
  throw new Problem("not-cached", "Cache-Control: only-if-cached was asked for, and this is never cached.");
}

/** The answer as it goes back, with headers of the gateway's own; 304 where the caller has it already. */
export function respond(
  { answer, cacheStatus, storedAt, etag, isReplayed }: Answered,
  ifNoneMatch: string | undefined,
  now: number,
  own: Record<string, string>,
): HttpResponse {
  const isKnown = etag !== undefined && answer.status === 200 && isNamed(ifNoneMatch, etag);
  const headers = {
    ...answer.headers,
    ...own,
    "cache-status": `upwork-gateway; ${cacheStatus}`,
    ...(etag === undefined ? {} : { etag }),
    ...(storedAt === undefined ? {} : { age: String(Math.max(0, Math.floor((now - storedAt) / 1000))) }),
    ...(isReplayed ? { "idempotent-replayed": "true" } : {}),
  };
  return isKnown ? { status: 304, headers, body: "" } : { ...answer, headers };
}
