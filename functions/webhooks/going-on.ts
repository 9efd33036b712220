/** The functions that deliver run every minute. */
export const scheduleMs = 60_000;

/** Others change what is due, too; whoever waits looks again after so long. */
const lookMs = 2_000;

/**
 * Until when an invocation begins tries: until its next scheduled run takes over, or until what it has begun could not
 * end before Lambda ends it. Moments in ms since 1970.
 *
 * @param leftMs what is left of the invocation
 * @param reserveMs how long the last try may take to end and to be noted
 */
export function worksUntil(now: number, leftMs: number, reserveMs: number): number {
  return now + Math.min(scheduleMs, leftMs - reserveMs);
}

/** When to look for due work again; `undefined` where nothing of it is due before `until`, so that nobody waits for it. */
export function lookAgainAt(dueAt: readonly (number | undefined)[], now: number, until: number): number | undefined {
  const soon = dueAt.filter((at): at is number => at !== undefined && at < until);
  return soon.length === 0 ? undefined : Math.max(now + 1, Math.min(now + lookMs, ...soon));
}
