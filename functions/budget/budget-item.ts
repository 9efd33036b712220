import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { packNumbers, unpackNumbers } from "./varints.ts";
import type { Window, WindowState } from "./windows.ts";
import { emptyWindow, roll, slotAt, used } from "./windows.ts";

/**
 * The one item that holds an application's budget, and the one write that decides a call.
 *
 * For each window `w`: `w#h` the newest slot, `w#c` and `w#p` the counts of that slot and the one before, `w#o` the
 * older counts packed in one binary (they change only when slots move on), `w#s` the sum of all, because a DynamoDB
 * condition cannot add attributes up, and `w#w` the slot's length. `v` names all windows and their slots: one
 * condition tells whether the limits are still the ones this process knows.
 * `gu`, `gs`: the gate is closed until, and how often in a row; absent while it is open. `id`: the last reservation.
 */
export type BudgetItem = {
  windows: Record<string, WindowState>;
  gate: { closedUntil?: number; strikes: number };
  lastId: string;
  signature: string;
  /** What was read, as DynamoDB holds it: a write answers only with the attributes it changed. */
  attributes: Readonly<Record<string, AttributeValue>>;
};

/** The gate's end when only an admin may open it again. */
export const forGood = Number.MAX_SAFE_INTEGER;

/** Names the windows and how they are cut; changes when the limits do. */
export function signatureOf(windows: readonly Window[]): string {
  return windows.map(({ limit, slotMs, slots }) => `${limit.name}:${slots}x${slotMs}`).join(" ");
}

export type Write = {
  UpdateExpression: string;
  ConditionExpression: string;
  ExpressionAttributeNames: Record<string, string>;
  ExpressionAttributeValues: Record<string, AttributeValue>;
};

export function readItem(item: Record<string, AttributeValue>, windows: readonly Window[]): BudgetItem {
  const states: Record<string, WindowState> = {};
  for (const window of windows) states[window.limit.name] = readWindow(item, window);
  const closedUntil = item.gu?.N;
  return {
    windows: states,
    gate: {
      ...(closedUntil === undefined ? {} : { closedUntil: Number(closedUntil) }),
      strikes: Number(item.gs?.N ?? 0),
    },
    lastId: item.id?.S ?? "",
    signature: item.v?.S ?? "",
    attributes: item,
  };
}

function readWindow(item: Record<string, AttributeValue>, window: Window): WindowState {
  const name = window.limit.name;
  const number = (suffix: string) => Number(item[`${name}#${suffix}`]?.N ?? 0);
  if (item[`${name}#h`] === undefined) return emptyWindow;
  const slotMs = number("w");
  if (slotMs !== window.slotMs) {
    // The limits were changed: everything counted so far counts as just happened, which is never too little.
    return {
      head: Math.floor(((number("h") + 1) * slotMs) / window.slotMs),
      counts: [number("s")],
      stored: { head: number("h"), slotMs, sum: number("s") },
    };
  }
  const older = item[`${name}#o`]?.B;
  return { head: number("h"), counts: [number("c"), number("p"), ...(older ? unpackOnce(older) : [])] };
}

/** The older counts stay the same from one move of the slots to the next, so they are unpacked once. */
const unpacked = new WeakMap<Uint8Array, readonly number[]>();

function unpackOnce(older: Uint8Array): readonly number[] {
  const known = unpacked.get(older);
  if (known) return known;
  const numbers = unpackNumbers(older);
  unpacked.set(older, numbers);
  return numbers;
}

/** Collects the parts of one conditional update. */
class WriteBuilder {
  readonly sets: string[] = [];
  readonly removes: string[] = [];
  readonly conditions: string[] = [];
  readonly names: Record<string, string> = {};
  readonly values: Record<string, AttributeValue> = {};

  name(attribute: string): string {
    const placeholder = `#${attribute.replace(/[^a-z0-9]/g, "_")}`;
    this.names[placeholder] = attribute;
    return placeholder;
  }
  value(value: AttributeValue): string {
    const placeholder = `:v${Object.keys(this.values).length}`;
    this.values[placeholder] = value;
    return placeholder;
  }
  number(value: number): string {
    return this.value({ N: String(value) });
  }
  one(): string {
    this.values[":one"] = { N: "1" };
    return ":one";
  }
  build(): Write {
    const removes = this.removes.length === 0 ? "" : ` REMOVE ${this.removes.join(", ")}`;
    return {
      UpdateExpression: `SET ${this.sets.join(", ")}${removes}`,
      ConditionExpression: this.conditions.join(" AND "),
      ExpressionAttributeNames: this.names,
      ExpressionAttributeValues: this.values,
    };
  }
}

export type Charge = {
  write: Write;
  slots: Record<string, number>;
  isRoll: boolean;
  isProbe: boolean;
  /** Attributes that are gone after the write. */
  removed: readonly string[];
};

/**
 * The write that charges one unit to every window, given the item as this process last saw it (`undefined`: never).
 * Where the slots still fit, writes of many callers commute; where time has moved on, the write also moves the slots
 * and holds only if nobody else has done so.
 */
export function chargeWrite(
  windows: readonly Window[],
  seen: BudgetItem | "absent" | undefined,
  now: number,
  id: string,
  probeLeaseMs: number,
): Charge {
  const builder = new WriteBuilder();
  const slots: Record<string, number> = {};
  let isRoll = false;
  if (seen === "absent") builder.conditions.push(`attribute_not_exists(${builder.name("pk")})`);
  for (const window of windows) {
    const state = typeof seen === "object" ? (seen.windows[window.limit.name] ?? emptyWindow) : undefined;
    const slot = Math.max(slotAt(window, now), state?.head ?? 0);
    slots[window.limit.name] = slot;
    if (seen === "absent") startWindow(builder, window, slot);
    else if (state?.stored) {
      isRoll = true;
      recutAndCharge(builder, window, state, state.stored, slot);
    } else if (state === undefined || state.head === slot) chargeHead(builder, window, slot);
    else {
      isRoll = true;
      moveAndCharge(builder, window, state, slot);
    }
  }
  builder.sets.push(`${builder.name("id")} = ${builder.value({ S: id })}`);
  const isProbe = typeof seen === "object" && seen.gate.closedUntil !== undefined;
  if (seen !== "absent") guard(builder, seen, now, probeLeaseMs);
  const signature = signatureOf(windows);
  const version = builder.name("v");
  if (seen === undefined || (seen !== "absent" && seen.signature === signature)) {
    builder.conditions.push(`${version} = ${builder.value({ S: signature })}`);
  } else {
    if (seen !== "absent") builder.conditions.push(`${version} = ${builder.value({ S: seen.signature })}`);
    builder.sets.push(`${version} = ${builder.value({ S: signature })}`);
  }
  const removed = builder.removes.map((placeholder) => builder.names[placeholder] ?? "");
  return { write: builder.build(), slots, isRoll, isProbe, removed };
}

/** The gate must be open, or its pause over. */
function guard(builder: WriteBuilder, seen: BudgetItem | undefined, now: number, probeLeaseMs: number): void {
  const until = builder.name("gu");
  if (seen?.gate.closedUntil === undefined) {
    builder.conditions.push(`attribute_not_exists(${until})`);
    return;
  }
  // The pause is over: whoever moves the gate's end wins the one probe, and everybody else waits for its result.
  builder.conditions.push(`${until} = ${builder.number(seen.gate.closedUntil)}`);
  builder.sets.push(`${until} = ${builder.number(now + probeLeaseMs)}`);
}

function startWindow(builder: WriteBuilder, window: Window, slot: number): void {
  const name = (suffix: string) => builder.name(`${window.limit.name}#${suffix}`);
  builder.sets.push(
    `${name("h")} = ${builder.number(slot)}`,
    `${name("c")} = ${builder.one()}`,
    `${name("p")} = ${builder.number(0)}`,
    `${name("s")} = ${builder.one()}`,
    `${name("w")} = ${builder.number(window.slotMs)}`,
  );
}

function chargeHead(builder: WriteBuilder, window: Window, slot: number): void {
  const name = (suffix: string) => builder.name(`${window.limit.name}#${suffix}`);
  const one = builder.one();
  builder.conditions.push(
    `${name("h")} = ${builder.number(slot)}`,
    `${name("s")} < ${builder.number(window.limit.quota)}`,
  );
  builder.sets.push(`${name("s")} = ${name("s")} + ${one}`, `${name("c")} = ${name("c")} + ${one}`);
}

function moveAndCharge(builder: WriteBuilder, window: Window, state: WindowState, slot: number): void {
  const name = (suffix: string) => builder.name(`${window.limit.name}#${suffix}`);
  const moved = roll(window, state, slot);
  const expired = used(state) - used(moved);
  const sum = name("s");
  const isNew = state.head === 0 && state.counts.length === 0;
  if (isNew) builder.conditions.push(`attribute_not_exists(${name("h")})`);
  else {
    // A refund may still touch the slot before the newest; one step leaves the newest to whoever counts in it now.
    builder.conditions.push(`${name("h")} = ${builder.number(state.head)}`);
    builder.conditions.push(`${name("p")} = ${builder.number(state.counts[1] ?? 0)}`);
    if (slot > state.head + 1) builder.conditions.push(`${name("c")} = ${builder.number(state.counts[0] ?? 0)}`);
    builder.conditions.push(`${sum} < ${builder.number(window.limit.quota + expired)}`);
  }
  const older = moved.counts.slice(2);
  builder.sets.push(
    `${name("h")} = ${builder.number(slot)}`,
    `${name("p")} = ${slot === state.head + 1 && !isNew ? name("c") : builder.number(moved.counts[1] ?? 0)}`,
    `${name("c")} = ${builder.one()}`,
    `${sum} = ${isNew ? builder.one() : `${sum} - ${builder.number(expired - 1)}`}`,
    `${name("w")} = ${builder.number(window.slotMs)}`,
  );
  if (older.length > 0) builder.sets.push(`${name("o")} = ${builder.value({ B: packNumbers(older) })}`);
  else builder.removes.push(name("o"));
}

/** After the limits were changed: the same calls in slots of the new length, if nobody has counted in between. */
function recutAndCharge(
  builder: WriteBuilder,
  window: Window,
  state: WindowState,
  stored: { head: number; slotMs: number; sum: number },
  slot: number,
): void {
  const name = (suffix: string) => builder.name(`${window.limit.name}#${suffix}`);
  const counts = roll(window, state, slot).counts;
  builder.conditions.push(
    `${name("h")} = ${builder.number(stored.head)}`,
    `${name("w")} = ${builder.number(stored.slotMs)}`,
    `${name("s")} = ${builder.number(stored.sum)}`,
  );
  builder.sets.push(
    `${name("h")} = ${builder.number(slot)}`,
    `${name("w")} = ${builder.number(window.slotMs)}`,
    `${name("c")} = ${builder.number((counts[0] ?? 0) + 1)}`,
    `${name("p")} = ${builder.number(counts[1] ?? 0)}`,
    `${name("s")} = ${builder.number(counts.reduce((sum, count) => sum + count, 0) + 1)}`,
  );
  const older = counts.slice(2);
  if (older.length > 0) builder.sets.push(`${name("o")} = ${builder.value({ B: packNumbers(older) })}`);
  else builder.removes.push(name("o"));
}

/**
 * The write that gives one unit back, in each window whose newest two slots still hold it; in the others it stays
 * spent. `undefined` when there is nothing to give back.
 */
export function refundWrite(
  windows: readonly Window[],
  seen: BudgetItem,
  slots: Readonly<Record<string, number>>,
): Write | undefined {
  const builder = new WriteBuilder();
  for (const window of windows) {
    const slot = slots[window.limit.name];
    const state = seen.windows[window.limit.name];
    if (slot === undefined || state === undefined || state.stored) continue;
    const age = state.head - slot;
    if (age !== 0 && age !== 1) continue;
    const name = (suffix: string) => builder.name(`${window.limit.name}#${suffix}`);
    const count = name(age === 0 ? "c" : "p");
    const one = builder.one();
    builder.conditions.push(`${name("h")} = ${builder.number(state.head)}`, `${count} >= ${one}`);
    builder.sets.push(`${count} = ${count} - ${one}`, `${name("s")} = ${name("s")} - ${one}`);
  }
  return builder.sets.length === 0 ? undefined : builder.build();
}
