import { createHash } from "node:crypto";
import { gatewayKey } from "./gateway-client.ts";
import { type Entry, emptyRing, type Grid, type Ring, recut } from "./rings.ts";
import { packNumbers, unpackNumbers } from "./varints.ts";
import type { Window } from "./windows.ts";
import type { Attributes, Value, Write } from "./write.ts";

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

const format = 1;

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
    const guarantee = withTaken(unpackGuarantee(Number(name.slice(1)), value), attributes);
    guarantees.push({ ...guarantee, ring: recutOwn(guarantee.ring) });
  }
  return { ...counters, version, guarantees, ...rings };
}

function withTaken(guarantee: Guarantee, attributes: Attributes): Guarantee {
  const taken = numberOf(attributes, `a${guarantee.index}`);
  return taken === guarantee.taken ? guarantee : { ...guarantee, taken };
}

/** The grid that the common pool and all guarantees are counted in: the longest limit's, a day's where there is one. */
export function poolGrid(windows: readonly Window[]): Grid {
  const longest = windows.at(-1);
  if (longest === undefined) throw new Error("A budget has at least one limit.");
  return longest;
}

type Stored = { slotMs: number; slots: number; ring: Ring };

function readRings(attributes: Attributes, windows: readonly Window[]) {
  const packed = attributes.r;
  const numbers = new Numbers(packed instanceof Uint8Array ? unpackNumbers(packed) : []);
  if (numbers.next() !== format) throw new Error("The budget's item is of a format that this version does not know.");
  const epoch = numbers.next();
  const count = numbers.next();
  const stored = Array.from({ length: count }, () => readStored(numbers, numberOf(attributes, "nm")));
  const pool = readStored(numbers, numberOf(attributes, "cm"));
  const grid = poolGrid(windows);
  const fits = (has: Stored | undefined, to: Grid) => has?.slotMs === to.slotMs && has.slots === to.slots;
  if (count === windows.length && windows.every((to, index) => fits(stored[index], to)) && fits(pool, grid)) {
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

function readStored(numbers: Numbers, mark: number): Stored {
  return { slotMs: numbers.next(), slots: numbers.next(), ring: numbers.ring(mark) };
}

/** A ring as it is written: where it `opens` a slot, its start is the counter as the write finds it. */
export type Written = { ring: Ring; opens: boolean };

export function packRings(
  windows: readonly Window[],
  epoch: number,
  rings: readonly Written[],
  pool: Written,
): Uint8Array {
  const numbers = [format, epoch, windows.length];
  for (const [index, { slotMs, slots }] of windows.entries()) {
    const written = rings[index];
    if (written) numbers.push(slotMs, slots, ...ringNumbers(written));
  }
  const { slotMs, slots } = poolGrid(windows);
  return packNumbers([...numbers, slotMs, slots, ...ringNumbers(pool)]);
}

function ringNumbers({ ring: { head, start, older }, opens }: Written): number[] {
  const [closing, ...rest] = older;
  if (!opens) return [head, 0, start, ...entryNumbers(head, older)];
  if (closing === undefined) return [head, 1];
  return [head, 2, head - closing.slot, start - closing.count, ...entryNumbers(closing.slot, rest)];
}

function entryNumbers(head: number, older: readonly Entry[]): number[] {
  const numbers = [older.length];
  let newer = head;
  for (const { slot, count } of older) {
    numbers.push(newer - slot, count);
    newer = slot;
  }
  return numbers;
}

/** A guarantee and the client's name as bytes. */
export function packGuarantee({ wanted, granted, ring, client }: Guarantee): Value {
  return packNumbers([
    format,
    wanted,
    granted,
    ...ringNumbers({ ring, opens: false }),
    ...new TextEncoder().encode(client),
  ]);
}

function unpackGuarantee(index: number, packed: Uint8Array): Guarantee {
  const numbers = new Numbers(unpackNumbers(packed));
  if (numbers.next() !== format) throw new Error("A guarantee is of a format that this version does not know.");
  const [wanted, granted, ring] = [numbers.next(), numbers.next(), numbers.ring(0)];
  const client = new TextDecoder().decode(Uint8Array.from(numbers.rest()));
  return { index, client, wanted, granted, ring, taken: 0 };
}

/** Reads numbers one after the other. */
class Numbers {
  readonly #numbers: readonly number[];
  #at = 0;
  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }
  next(): number {
    const number = this.#numbers[this.#at];
    if (number === undefined) throw new Error("The budget's item ends early.");
    this.#at += 1;
    return number;
  }
  rest(): readonly number[] {
    return this.#numbers.slice(this.#at);
  }
  /** `mark` is how the counter stood when the ring was written. */
  ring(mark: number): Ring {
    const [head, kind] = [this.next(), this.next()];
    if (kind === 1) return { head, start: mark, older: [] };
    if (kind === 0) {
      const start = this.next();
      return { head, start, older: this.#entries(head) };
    }
    const slot = head - this.next();
    const count = mark - this.next();
    return { head, start: mark, older: [{ slot, count }, ...this.#entries(slot)] };
  }
  #entries(head: number): Entry[] {
    let slot = head;
    return Array.from({ length: this.next() }, () => {
      slot -= this.next();
      return { slot, count: this.next() };
    });
  }
}
