import { createHash } from "node:crypto";
import { gatewayKey } from "./gateway-client.ts";
import { packGuarantee, packRings, unpackGuarantee, unpackRings } from "./packed-rings.ts";
import { emptyRing, type Grid, type Ring, recut } from "./rings.ts";
import { poolGrid, type Window } from "./windows.ts";
import type { Attributes, Write } from "./write.ts";

/**
 * The one item that holds an application's budget.
 *
 * | name | holds |
 * | --- | --- |
 * | `v` | version of everything but the counters; a write that knows another version does not happen |
 * | `n`, `c` | counters: units taken by anybody; units taken from the common pool |
 * | `nm`, `cm` | how `n` and `c` stood when `r` was last written |
 * | `r` | rings of every window and of the common pool |
 * | `g0`, `a0`, `g1`, ... | a guarantee with its ring, and the counter of units taken from it |
 * | `u_KEY`, `o_KEY` | units a client took this UTC day; refusals it was spared this day in observe mode |
 * | `gu`, `gs` | the gate is closed until, and how often in a row; absent while it is open |
 * | `id` | the last reservation, by which a writer without an answer finds out whether it wrote |
 */
export type BudgetState = {
  attributes: Attributes;
  version: number;
  taken: number;
  pooled: number;
  /** What `taken` was when all counters were last seen together; a write answers only with those it changed. */
  wholeAt: number;
  /** Changes when units may have moved to other slots than they were filed under. */
  epoch: number;
  windows: readonly Ring[];
  pool: Ring;
  guarantees: readonly Guarantee[];
  gate: { closedUntil: number | undefined; strikes: number };
  /** The item was cut for other limits; the rings here are recut and must be written before they count. */
  isForeign: boolean;
};

/** Units of any 24 h that only one client can take: `granted` now, `wanted` as soon as the common pool has them. */
export type Guarantee = {
  index: number;
  client: string;
  wanted: number;
  granted: number;
  ring: Ring;
  taken: number;
};

/** The gate's end when only an admin may open it again. */
export const forGood = Number.MAX_SAFE_INTEGER;

/** How the item names a client: by its id, or by a short hash where the id is long or would need a placeholder. */
export function clientKey(id: string): string {
  if (id === gatewayKey || /^[a-zA-Z0-9]\w{0,9}$/.test(id)) return id;
  return `_${createHash("sha256").update(id).digest("hex").slice(0, 9)}`;
}

const dayMs = 86_400_000;
/** A day and a count in one number. The first call of a day raises the version, so whoever knows it knows the day. */
const dayFactor = 1e9;
/** The most that can be counted in a day. */
export const dayCountLimit = dayFactor - 1;
export type Today = { from: number; count: number; isFirst: boolean; endsAt: number };

/** What is counted under `name` in the UTC day of `ms`, or in a later one that another caller has begun. */
export function todayOf(attributes: Attributes, name: string, ms: number): Today {
  const stored = numberOf(attributes, name);
  const day = Math.max(Math.floor(ms / dayMs), Math.floor(stored / dayFactor));
  const from = day * dayFactor;
  return { from, count: Math.max(0, stored - from), isFirst: stored < from, endsAt: (day + 1) * dayMs };
}

/** Daily counts that nobody asks for any more. */
export function staleCounts(attributes: Attributes, ms: number): string[] {
  const yesterday = (Math.floor(ms / dayMs) - 1) * dayFactor;
  return Object.entries(attributes)
    .filter(([name, value]) => /^[uo]_/.test(name) && typeof value === "number" && value < yesterday)
    .map(([name]) => name);
}

export function numberOf(attributes: Attributes, name: string): number {
  const value = attributes[name];
  return typeof value === "number" ? value : 0;
}

/** The write that makes an item where there is none: nothing taken, nothing guaranteed but the gateway's own. */
export function createWrite(windows: readonly Window[], gateway: { client: string; units: number }): Write {
  const { client, units } = gateway;
  const empty = { ring: emptyRing, opens: false };
  const own = { index: 0, client, wanted: units, granted: units, ring: emptyRing, taken: 0 };
  const rings = packRings(
    windows,
    0,
    windows.map(() => empty),
    empty,
  );
  return {
    conditions: [{ attribute: "v", absent: true }],
    changes: [
      ...["v", "n", "c", "nm", "cm"].map((attribute) => ({ attribute, set: 0 })),
      { attribute: "r", set: rings },
      ...(units > 0
        ? [
            { attribute: "g0", set: packGuarantee(own) },
            { attribute: "a0", set: 0 },
          ]
        : []),
    ],
  };
}

/** Reads the item. Where its version is the one of `base`, only the counters can have changed. */
export function readState(
  attributes: Attributes,
  windows: readonly Window[],
  base?: BudgetState,
  wholeAt = numberOf(attributes, "n"),
): BudgetState {
  const counters = {
    attributes,
    wholeAt,
    taken: numberOf(attributes, "n"),
    pooled: numberOf(attributes, "c"),
    gate: {
      closedUntil: attributes.gu === undefined ? undefined : numberOf(attributes, "gu"),
      strikes: numberOf(attributes, "gs"),
    },
  };
  const version = numberOf(attributes, "v");
  if (base !== undefined && base.version === version) {
    const guarantees = base.guarantees.map((guarantee) => withTaken(guarantee, attributes));
    return { ...base, ...counters, guarantees };
  }
  const { recutOwn, ...rings } = readRings(attributes, windows);
  const guarantees: Guarantee[] = [];
  for (const [name, value] of Object.entries(attributes)) {
    if (!/^g\d+$/.test(name) || !(value instanceof Uint8Array)) continue;
    const { ring, ...units } = unpackGuarantee(value);
    const guarantee = { index: Number(name.slice(1)), ...units, ring: recutOwn(ring), taken: 0 };
    guarantees.push(withTaken(guarantee, attributes));
  }
  return { ...counters, version, guarantees, ...rings };
}

function withTaken(guarantee: Guarantee, attributes: Attributes): Guarantee {
  const taken = numberOf(attributes, `a${guarantee.index}`);
  return taken === guarantee.taken ? guarantee : { ...guarantee, taken };
}

function readRings(attributes: Attributes, windows: readonly Window[]) {
  const marks = { taken: numberOf(attributes, "nm"), pooled: numberOf(attributes, "cm") };
  const { epoch, windows: stored, pool } = unpackRings(attributes.r, marks);
  const grid = poolGrid(windows);
  const fits = (has: Pick<Grid, "slotMs" | "slots"> | undefined, to: Grid) =>
    has?.slotMs === to.slotMs && has.slots === to.slots;
  if (stored.length === windows.length && windows.every((to, index) => fits(stored[index], to)) && fits(pool, grid)) {
    const windowRings = stored.map(({ ring }) => ring);
    return { epoch, windows: windowRings, pool: pool.ring, isForeign: false, recutOwn: (ring: Ring) => ring };
  }
  const recutFor = (to: Window) => {
    // What the next longer window holds is all that is known of the time before.
    const from = stored.find(({ slotMs, slots }) => slotMs * slots >= to.slotMs * to.slots) ?? stored.at(-1);
    return from === undefined ? emptyRing : recut({ ...from, mergeUnits: 0 }, to, from.ring);
  };
  const recutOwn = (ring: Ring) => recut({ ...pool, mergeUnits: 0 }, grid, ring);
  return { epoch: epoch + 1, windows: windows.map(recutFor), pool: recutOwn(pool.ring), isForeign: true, recutOwn };
}
