/**
 * How the calls of a window are counted. One counter only ever grows (and takes back what was given back); a ring
 * remembers how it stood when each slot of time began. What the window holds is the difference, so one condition on
 * one number decides it, and increments of many callers commute.
 *
 * A unit is filed under a slot that began no earlier than the slot it was taken in, and falls out when even the end of
 * that slot is a whole window ago. So whatever interval of the window's length one looks at, its units are all held.
 */
export type Ring = {
  /** The newest slot; it began `head * slotMs` after 1970. */
  head: number;
  /** How the counter stood when the newest slot began. */
  start: number;
  /** Older slots, newest first. */
  older: readonly Entry[];
};

/** `count` units that were all taken in `slot` or, where quiet slots were merged, in slots before it. */
export type Entry = { slot: number; count: number };

/** How a ring is cut. Slots that together hold at most `mergeUnits` may be kept as one, filed under the newest. */
export type Grid = { slotMs: number; slots: number; mergeUnits: number };

/** What a caller knows of the time, in ms since 1970: it is somewhere between. */
export type Time = { earliest: number; latest: number };

export const emptyRing: Ring = { head: 0, start: 0, older: [] };

export function slotAt(grid: Grid, ms: number): number {
  return Math.floor(ms / grid.slotMs);
}

/** How the counter stood when the oldest held slot began: what is above it is held. */
export function baseOf(ring: Ring): number {
  return ring.start - ring.older.reduce((sum, { count }) => sum + count, 0);
}

/** Units held, given the counter. */
export function heldBy(ring: Ring, counter: number): number {
  return counter - baseOf(ring);
}

/**
 * The ring as a call at `time` finds it: a new slot begun, old ones fallen out. `opens` tells that a slot begins, with
 * the counter as it will stand at that moment; here that is taken to be `counter`. A slot that is still to come, as a
 * clock that ran ahead leaves it, is brought back: its units were taken by now.
 */
export function advance(grid: Grid, ring: Ring, counter: number, time: Time): { ring: Ring; opens: boolean } {
  const latest = slotAt(grid, time.latest);
  const isHeld = ({ slot }: Entry) => slotAt(grid, time.earliest) - slot <= grid.slots;
  if (latest < ring.head) return { ring: bringBack(ring, latest, isHeld), opens: false };
  if (latest === ring.head) {
    return { ring: ring.older.every(isHeld) ? ring : { ...ring, older: ring.older.filter(isHeld) }, opens: false };
  }
  const closed = { slot: ring.head, count: counter - ring.start };
  const older = isHeld(closed) ? [closed, ...merge(ring.older.filter(isHeld), grid.mergeUnits)] : [];
  return { ring: { head: latest, start: counter, older }, opens: true };
}

function bringBack(ring: Ring, head: number, isHeld: (entry: Entry) => boolean): Ring {
  const early = ring.older.filter(({ slot }) => slot >= head);
  return {
    head,
    start: ring.start - early.reduce((sum, { count }) => sum + count, 0),
    older: ring.older.filter((entry) => entry.slot < head && isHeld(entry)),
  };
}

/** Files units of neighbouring slots under the newer one, as long as so few of them are kept too long. */
function merge(older: readonly Entry[], mergeUnits: number): Entry[] {
  const merged: Entry[] = [];
  for (const entry of older) {
    const newer = merged.at(-1);
    if (entry.count === 0) continue;
    if (newer !== undefined && newer.count + entry.count <= mergeUnits) newer.count += entry.count;
    else merged.push({ ...entry });
  }
  return merged;
}

/** Whether an increment without touching the ring files its unit rightly, and not needlessly far ahead. */
export function isCurrent(grid: Grid, ring: Ring, time: Time): boolean {
  return ring.head >= slotAt(grid, time.latest) && ring.head <= slotAt(grid, time.latest + 1_000);
}

/** When the ring will hold less than `quota`, in ms since 1970, given that nobody else calls. */
export function roomAt(grid: Grid, ring: Ring, counter: number, quota: number): number {
  let held = heldBy(ring, counter);
  const entries = [...ring.older.toReversed(), { slot: ring.head, count: counter - ring.start }];
  for (const { slot, count } of entries) {
    if (held < quota) break;
    held -= count;
    if (held < quota) return (slot + grid.slots + 1) * grid.slotMs;
  }
  return held < quota ? 0 : Number.POSITIVE_INFINITY;
}

/** When the oldest units fall out, in ms since 1970; `undefined` when there are none. */
export function nextReturn(grid: Grid, ring: Ring, counter: number): number | undefined {
  const oldest = ring.older.findLast(({ count }) => count > 0)?.slot ?? (counter > ring.start ? ring.head : undefined);
  return oldest === undefined ? undefined : (oldest + grid.slots + 1) * grid.slotMs;
}

/**
 * The ring after a unit that was filed under `slot` has been taken off the counter. Where the unit has left the ring
 * already, or may have, the ring holds as much as before.
 */
export function withoutUnit(grid: Grid, ring: Ring, slot: number, time: Time): Ring {
  if (slot >= ring.head) return ring;
  const start = ring.start - 1;
  const older = [...ring.older];
  const index = older.findLastIndex((entry) => entry.slot >= slot);
  const entry = older[index];
  const hasLeft = slotAt(grid, time.latest) - slot > grid.slots;
  if (entry === undefined || entry.count === 0 || hasLeft) return { ...ring, start };
  older[index] = { ...entry, count: entry.count - 1 };
  return { ...ring, start, older };
}

/** The same units in slots of another length; none falls out earlier than it would have. */
export function recut(from: Grid, to: Grid, ring: Ring): Ring {
  const slotOf = (slot: number) => slotAt(to, (slot + 1) * from.slotMs - 1);
  const head = slotOf(ring.head);
  const counts = new Map<number, number>();
  let start = ring.start;
  for (const { slot, count } of ring.older) {
    const moved = slotOf(slot);
    if (moved >= head) start -= count;
    else counts.set(moved, (counts.get(moved) ?? 0) + count);
  }
  return { head, start, older: [...counts].map(([slot, count]) => ({ slot, count })) };
}
