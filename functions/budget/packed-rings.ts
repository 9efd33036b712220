import type { Entry, Grid, Ring } from "./rings.ts";
import { packNumbers, unpackNumbers } from "./varints.ts";
import { poolGrid, type Window } from "./windows.ts";
import type { Value } from "./write.ts";

const format = 1;

/** A ring with the grid that it was cut to. */
type Stored = Omit<Grid, "mergeUnits"> & { ring: Ring };

/** Units of any 24 h that only one client can take: `granted` now, `wanted` as soon as the common pool has them. */
type PackedGuarantee = { client: string; wanted: number; granted: number; ring: Ring };

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

/**
 * The reverse of {@link packRings}. `marks` is how the counters stood when the rings were written.
 *
 * @throws Error for bytes of another format
 */
export function unpackRings(packed: Value | undefined, marks: { taken: number; pooled: number }) {
  const numbers = new Numbers(packed instanceof Uint8Array ? unpackNumbers(packed) : []);
  if (numbers.next() !== format) throw new Error("The budget's item is of a format that this version does not know.");
  const epoch = numbers.next();
  const windows = Array.from({ length: numbers.next() }, () => readStored(numbers, marks.taken));
  return { epoch, windows, pool: readStored(numbers, marks.pooled) };
}

function readStored(numbers: Numbers, mark: number): Stored {
  return { slotMs: numbers.next(), slots: numbers.next(), ring: numbers.ring(mark) };
}

/** A guarantee and the client's name as bytes. */
export function packGuarantee({ wanted, granted, ring, client }: PackedGuarantee): Uint8Array {
  return packNumbers([
    format,
    wanted,
    granted,
    ...ringNumbers({ ring, opens: false }),
    ...new TextEncoder().encode(client),
  ]);
}

/** The reverse of {@link packGuarantee}. */
export function unpackGuarantee(packed: Uint8Array): PackedGuarantee {
  const numbers = new Numbers(unpackNumbers(packed));
  if (numbers.next() !== format) throw new Error("A guarantee is of a format that this version does not know.");
  const [wanted, granted, ring] = [numbers.next(), numbers.next(), numbers.ring(0)];
  const client = new TextDecoder().decode(Uint8Array.from(numbers.rest()));
  return { client, wanted, granted, ring };
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
