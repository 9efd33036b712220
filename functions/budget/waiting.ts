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
 * order in which they came, and only when asking makes sense; waiters of other clients and processes, and those who have
 * less time than the ones before them, are spread, the oldest first.
 */
export function createWaitingRoom({ now, sleep, random }: WaitOptions) {
  const queues = new Map<string, { deadline: number; turn: Promise<unknown> }>();

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
    const last = queues.get(client);
    // Whose time may be over before the last in line has asked cannot wait for that, and asks beside the line.
    if (last !== undefined && deadline < last.deadline) return waitForTurn(decide, deadline, waitMs);
    const turn = (last?.turn ?? Promise.resolve()).then(() => waitForTurn(decide, deadline, waitMs));
    const own = { deadline, turn };
    queues.set(client, own);
    try {
      return await turn;
    } finally {
      if (queues.get(client) === own) queues.delete(client);
    }
  };
}
