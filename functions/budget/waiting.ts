import type { Reservation } from "./reservation.ts";

/** How far waiting callers of different Lambdas spread when room appears. */
const maxSpreadMs = 200;

type Decide = () => Promise<Reservation>;

export type WaitOptions = {
  now: () => number;
  sleep: (ms: number) => Promise<void>;
  /** From 0 to 1. */
  random: () => number;
};

/**
 * Lets callers wait for their turn instead of failing. One waiter of this process asks at a time, in the order in which
 * they came, and only when asking makes sense; waiters of other processes are spread, the oldest first.
 */
export function createWaitingRoom({ now, sleep, random }: WaitOptions) {
  let queue: Promise<unknown> = Promise.resolve();

  async function waitForTurn(decide: Decide, deadline: number, waitMs: number): Promise<Reservation> {
    for (;;) {
      const reservation = await decide();
      if (reservation.admitted || reservation.refusal.kind === "store" || reservation.refusal.kind === "disabled") {
        return reservation;
      }
      const left = deadline - now();
      const { retryAfterMs } = reservation.refusal;
      if (retryAfterMs >= left) return reservation;
      // Who has waited longest comes back first: the spread shrinks with the time that is left.
      const spreadMs = (maxSpreadMs * left) / waitMs;
      await sleep(Math.min(left, retryAfterMs + random() * spreadMs));
    }
  }

  return (decide: Decide, waitMs: number): Promise<Reservation> => {
    const deadline = now() + waitMs;
    const turn = queue.then(() => waitForTurn(decide, deadline, waitMs));
    queue = turn;
    return turn;
  };
}
