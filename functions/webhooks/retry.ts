/** What became of one try to deliver. */
export type Attempt = {
  /** When it began, in ms since 1970. */
  at: number;
  ms: number;
  /** The receiver's status, where it answered. */
  status?: number | undefined;
  /** Why there is no status. */
  error?: AttemptError | undefined;
};

/**
 * Why there was no answer. `outcome-unknown`: the process that tried ended before it could note what became of it, so
 * the receiver may have got it. `event-expired`: the event is older than thirty days and gone.
 */
export const attemptErrors = [
  "timeout",
  "unreachable",
  "tls",
  "address-refused",
  "answer-too-large",
  "secret-missing",
  "event-expired",
  "outcome-unknown",
] as const;
export type AttemptError = (typeof attemptErrors)[number];

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** The pauses between tries, as Svix has them: eight tries in a little more than a day. */
export const retryPauses: readonly number[] = [
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  10 * hour,
];

/** Nobody may ask for a pause longer than the longest of our own. */
const maxRetryAfterMs = 10 * hour;

/** An endpoint that has failed for so long is disabled. */
export const disableAfterMs = 5 * 24 * hour;

export type Decision =
  | { kind: "delivered" }
  | { kind: "retry"; at: number }
  /** No further try; it stays visible and can be replayed. */
  | { kind: "dead" };

/**
 * What follows a try. A pause is spread by up to a tenth in both directions, so that what failed together does not come
 * back together; a receiver's `Retry-After` is a lower bound.
 *
 * @param tries how many tries there were, this one included
 * @param random a number from 0 to 1
 */
export function decide(
  attempt: Attempt,
  tries: number,
  context: { now: number; random: number; retryAfterMs?: number | undefined; pauses?: readonly number[] | undefined },
): Decision {
  const { now, random, retryAfterMs = 0, pauses = retryPauses } = context;
  if (isSuccess(attempt)) return { kind: "delivered" };
  const pause = pauses[tries - 1];
  // 410 Gone: the receiver asks never to be called again (Standard Webhooks).
  if (pause === undefined || attempt.status === 410) return { kind: "dead" };
  const spread = Math.round(pause * (0.9 + 0.2 * random));
  return { kind: "retry", at: now + Math.max(spread, Math.min(retryAfterMs, maxRetryAfterMs)) };
}

/** Whether the receiver took it: any 2xx (Standard Webhooks). */
export function isSuccess({ status }: Attempt): boolean {
  return status !== undefined && status >= 200 && status < 300;
}
