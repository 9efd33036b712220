import type { Reservation } from "./reservation.ts";

/** How much earlier the oldest of the waiting callers asks than the newest, and by how much chance spreads them. */
const maxHeadStartMs = 150;
const jitterMs = 30;

type Decide = () => Promise<Reservation>;

export type WaitOptions = {
  /** Only its differences count. */
  now: () => number;
  sleep: (ms: number) => Promise<void>;
  /** From 0 to 1. */
  random: () => number;
};

/**
 * Lets callers wait for their turn instead of failing. Of each client one waiter of this process asks at a time, in the
 * order in which they came, and only when asking makes sense; waiters of other clients and processes are spread, the
 * oldest first.
 */
export function createWaitingRoom({ now, sleep, random }: WaitOptions) {
  const queues = new Map<string, Promise<unknown>>();

  async function waitForTurn(decide: Decide, deadline: number, waitMs: number): Promise<Reservation> {
    for (;;) {
      const reservation = await decide();
      if (reservation.admitted || reservation.refusal.kind === "store" || reservation.refusal.kind === "disabled") {
        return reservation;
      }
      const left = deadline - now();
      const { retryAfterMs } = reservation.refusal;
      if (retryAfterMs >= left) return reservation;
      const behindMs = (maxHeadStartMs * left) / waitMs + jitterMs * random();
      await sleep(Math.min(left, retryAfterMs + behindMs));
    }
  }

  return async (client: string, decide: Decide, waitMs: number): Promise<Reservation> => {
    const deadline = now() + waitMs;
    const turn = (queues.get(client) ?? Promise.resolve()).then(() => waitForTurn(decide, deadline, waitMs));
    queues.set(client, turn);
    try {
      return await turn;
    } finally {
      if (queues.get(client) === turn) queues.delete(client);
    }
  };
}
