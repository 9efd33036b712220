import type { Limit } from "../platform/limit-schema.ts";

/**
 * A limit's window, kept as a ring of slots. One slot more than the window is long is counted, so whatever interval of
 * the limit's length one looks at, its calls are all in the counted slots: the quota holds in every such interval.
 */
export type Window = { limit: Limit; slotMs: number; slots: number };

/**
 * Counts by slot, newest first: `counts[0]` belongs to slot `head`, which began `head * slotMs` after 1970.
 * At most `slots + 1` counts are kept; trailing zeros are not.
 */
export type WindowState = {
  head: number;
  counts: readonly number[];
  /** Present while the store still holds slots of another length, cut before the limits were changed. */
  stored?: { head: number; slotMs: number; sum: number };
};

export const emptyWindow: WindowState = { head: 0, counts: [] };

/** What a limit looks like to the people it binds. */
export type LimitState = {
  name: string;
  quota: number;
  windowSeconds: number;
  used: number;
  left: number;
  /** Time until the oldest counted calls fall out of the window; 0 when there are none. */
  resetsInMs: number;
};

const maxSlots = 720;
const minSlots = 10;

/**
 * Chooses how finely each window is cut. Whoever asks without pause spends a window's quota as fast as the shorter
 * limits allow and gets it back one slot late, so in an unlucky interval one slot's worth of such a burst is lost:
 * the slots are made short enough that this is at most 2 % of a day and 10 % of anything shorter.
 */
export function windowsOf(limits: readonly Limit[]): Window[] {
  return limits.map((limit) => {
    const shorter = limits.filter((other) => other.seconds < limit.seconds);
    const callsPerSecond = Math.min(...shorter.map((other) => other.quota / other.seconds));
    const tolerance = limit.seconds >= 86_400 ? 0.016 : 0.08;
    const wanted = Number.isFinite(callsPerSecond)
      ? Math.ceil((limit.seconds * callsPerSecond) / (tolerance * limit.quota))
      : minSlots;
    const slots = Math.min(maxSlots, Math.max(minSlots, wanted));
    return { limit, slots, slotMs: Math.ceil((limit.seconds * 1000) / slots) };
  });
}

/** The slot that `now` (ms since 1970) falls into. */
export function slotAt(window: Window, now: number): number {
  return Math.floor(now / window.slotMs);
}

/** The state seen from a later slot: what fell out of the window is gone. Time never runs backwards. */
export function roll(window: Window, state: WindowState, slot: number): WindowState {
  if (slot <= state.head) return state;
  const shift = slot - state.head;
  if (shift > window.slots) return { head: slot, counts: [] };
  const counts = [...new Array<number>(shift).fill(0), ...state.counts].slice(0, window.slots + 1);
  return { head: slot, counts: withoutTrailingZeros(counts) };
}

/** Calls counted in the window. */
export function used(state: WindowState): number {
  return state.counts.reduce((sum, count) => sum + count, 0);
}

/** The first slot at which the window has room again, given that nobody else calls. */
export function firstSlotWithRoom(window: Window, state: WindowState): number {
  let total = used(state);
  for (let age = state.counts.length - 1; age >= 0 && total >= window.limit.quota; age -= 1) {
    total -= state.counts[age] ?? 0;
    if (total < window.limit.quota) return state.head - age + window.slots + 1;
  }
  return state.head;
}

/** How a limit stands at `now`. */
export function describe(window: Window, state: WindowState, now: number): LimitState {
  const rolled = roll(window, state, slotAt(window, now));
  const total = used(rolled);
  const oldest = rolled.head - (rolled.counts.length - 1);
  return {
    name: window.limit.name,
    quota: window.limit.quota,
    windowSeconds: window.limit.seconds,
    used: total,
    left: Math.max(0, window.limit.quota - total),
    resetsInMs: total === 0 ? 0 : Math.max(0, (oldest + window.slots + 1) * window.slotMs - now),
  };
}

function withoutTrailingZeros(counts: number[]): number[] {
  let length = counts.length;
  while (length > 0 && counts[length - 1] === 0) length -= 1;
  return counts.slice(0, length);
}
