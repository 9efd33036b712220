import type { LimitState } from "../budget/standing.ts";
import type { LoggedCall } from "../clients/call-log.ts";
import type { HttpResponse } from "../platform/http.ts";
import { Problem, type ProblemKind } from "../platform/problem.ts";

/** What happened to one call, exactly, for the call log. */
export type CallRecord = LoggedCall & {
  /** Set where the gateway gave the answer itself, or passed one on that is none of Upwork's API. */
  problem?: ProblemKind;
  /** What the cache did: `collapsed` shared a call under way, `bypass` is for calls that are never cached. */
  cache: "hit" | "stale" | "collapsed" | "miss" | "bypass";
};

/** Takes the record of a call, whatever became of it. It must not throw. */
export type RecordCall = (record: CallRecord) => Promise<void>;

/** What is known of a call before it is made. */
export type RecordedCall = Pick<CallRecord, "requestId" | "client" | "connection" | "method" | "path" | "operation">;

/** What the steps of a call note on their way. */
export type Trace = Pick<CallRecord, "upstreamMs" | "cost" | "attempts" | "cache"> & {
  /** How the limits stood in the write that admitted the call. */
  limits?: readonly LimitState[];
};

/**
 * Makes a call, and hands its record on whatever became of it. A problem says what it cost: the same one may be the answer
 * to several callers, of whom one has paid.
 *
 * @param make answers; with `problem` where the answer is none of Upwork's API
 */
export async function recorded(
  { now, recordCall }: { now: () => number; recordCall?: RecordCall | undefined },
  call: RecordedCall,
  make: (trace: Trace, startedAt: number) => Promise<{ response: HttpResponse; problem?: ProblemKind }>,
): Promise<HttpResponse> {
  const trace: Trace = { upstreamMs: 0, cost: 0, attempts: 0, cache: "bypass" };
  const startedAt = now();
  const finish = async (status: number, problem?: ProblemKind) => {
    const { limits: _, ...measured } = trace;
    await recordCall?.({
      at: startedAt,
      ...call,
      status,
      ...(problem === undefined ? {} : { problem }),
      ...measured,
      gatewayMs: now() - startedAt - measured.upstreamMs,
    });
  };
  try {
    const { response, problem } = await make(trace, startedAt);
    await finish(response.status, problem);
    return response;
  } catch (error) {
    if (!(error instanceof Problem)) {
      await finish(500, "internal");
      throw error;
    }
    await finish(error.status, error.kind);
    throw error.withHeaders({ "gateway-cost": String(trace.cost) });
  }
}
