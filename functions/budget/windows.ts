import type { Limit } from "../platform/limit-schema.ts";
import type { Grid } from "./rings.ts";

/** A limit and the slots in which its calls are counted. */
export type Window = Grid & { limit: Limit };

const maxSlots = 720;
const minSlots = 10;

/**
 * Chooses how finely each window is cut. Whoever asks without pause spends a window's quota as fast as the shorter
 * limits allow and gets it back one slot late, so in an unlucky interval one slot's worth of such a burst is lost:
 * the slots are made short enough that this is at most 2 % of a day and 10 % of anything shorter. Quiet slots are
 * merged up to the same loss.
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
    return {
      limit,
      slots,
      slotMs: Math.ceil((limit.seconds * 1000) / slots),
      mergeUnits: Math.floor(tolerance * limit.quota),
    };
  });
}

/** The grid that the common pool and all guarantees are counted in: the longest limit's, a day's where there is one. */
export function poolGrid(windows: readonly Window[]): Grid {
  const longest = windows.at(-1);
  if (longest === undefined) throw new Error("A budget has at least one limit.");
  return longest;
}
