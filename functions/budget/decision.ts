import type { BudgetClient } from "../platform/share-schema.ts";
import { type BudgetState, clientKey, forGood, type Guarantee, todayOf } from "./budget-item.ts";
import type { Refusal } from "./reservation.ts";
import { baseOf, type Grid, heldBy, type Ring, roomAt, type Time } from "./rings.ts";
import { capAt, ownLeft, poolQuota, priorityQuota, type Rules, safePoolQuota } from "./rules.ts";
import { poolGrid } from "./windows.ts";
import type { Condition } from "./write.ts";

/** The rings that a decision goes by: as they are stored, or as time finds them. */
export type Rings = { windows: readonly Ring[]; pool: Ring; own: Ring | undefined };

export type Decision = {
  /** Every rule that another one does not imply, as conditions of the write. */
  conditions: Condition[];
  /** Units that fit into the tightest window, as far as the item was seen. */
  room: number;
  /** The unit comes from the client's guarantee, not from the common pool. */
  takesOwn: boolean;
  /** The rule that says no, as far as the item was seen: the one that says no longest. */
  refusal: Refusal | undefined;
  /** In observe mode: what the client's share would have said. */
  spared: Refusal | undefined;
};

/** Nobody is told to come back later than this; much can change in a day. */
const maxRetryMs = 86_400_000;

/** Decides one call: the client's share and every window. */
export function decide(
  rules: Rules,
  state: BudgetState,
  client: BudgetClient,
  guarantee: Guarantee | undefined,
  rings: Rings,
  time: Time,
): Decision {
  const ofCap = decideCap(state, client, time);
  const takesOwn = guarantee !== undefined && rings.own !== undefined && ownLeft(guarantee, rings.own) > 0;
  const ofPool = takesOwn ? nothing : decidePool(rules, state, client, rings.pool, time);
  const ofWindows = decideWindows(rules, state, rings, takesOwn, time);
  const decisions = [ofCap, ofPool, ofWindows];
  const room = ofWindows.bound === undefined ? Number.POSITIVE_INFINITY : ofWindows.bound.room;
  const refusals = decisions.flatMap(({ refusals }) => refusals).toSorted((a, b) => b.retryAfterMs - a.retryAfterMs);
  return {
    conditions: decisions.flatMap(({ bound }) => (bound && isNeeded(bound, room) ? [bound.condition] : [])),
    room,
    takesOwn,
    refusal: refusals[0],
    spared: decisions.find(({ spared }) => spared)?.spared,
  };
}

/** What the gate says. */
export function gateRefusal({ gate: { closedUntil } }: BudgetState, time: Time): Refusal | undefined {
  if (closedUntil === undefined || closedUntil <= time.earliest) return undefined;
  if (closedUntil === forGood) return { kind: "disabled", name: "disabled", retryAfterMs: 15 * 60_000 };
  return { kind: "gate", name: "gate", retryAfterMs: closedUntil - time.earliest };
}

/** A counter's bound, and how many units it leaves as far as the item was seen. */
type Bound = { condition: Condition; room: number };
type Part = { bound?: Bound; refusals: Refusal[]; spared?: Refusal };
const nothing: Part = { refusals: [] };

/**
 * Under one version no counter goes back, and none grows by more than the one of all units. So a counter that has at
 * least as much room as the tightest window cannot reach its bound before that one does, and needs no condition.
 */
export function isNeeded(bound: Bound, windowRoom: number): boolean {
  return bound.room <= windowRoom;
}

export function boundOf(attribute: string, below: number, counter: number, { taken, wholeAt }: BudgetState): Bound {
  // A counter that was last seen together with an older one of all units may have grown by as much since.
  return { condition: { attribute, below }, room: below - counter - (attribute === "n" ? 0 : taken - wholeAt) };
}

/** A cap counts per UTC day; the first call of a day begins a new count, which only a write of this version can. */
function decideCap(state: BudgetState, { id, share }: BudgetClient, time: Time): Part {
  const attribute = `u_${clientKey(id)}`;
  const today = todayOf(state.attributes, attribute, time.latest);
  const cap = capAt(share, time.latest);
  const isObserved = share.mode === "observe";
  const bound =
    cap === undefined || isObserved || today.isFirst
      ? {}
      : { bound: boundOf(attribute, today.from + cap, today.from + today.count, state) };
  if (cap === undefined || today.count < cap) return { ...bound, refusals: [] };
  const refusal: Refusal = {
    kind: "cap",
    name: "cap",
    limit: cap,
    used: today.count,
    retryAfterMs: today.endsAt - time.earliest,
  };
  return isObserved ? { refusals: [], spared: refusal } : { ...bound, refusals: [refusal] };
}

function decidePool(rules: Rules, state: BudgetState, { share }: BudgetClient, ring: Ring, time: Time): Part {
  const day = rules.windows.at(-1);
  if (rules.dayQuota === undefined || day === undefined) return nothing;
  const whole = poolQuota(rules, state.guarantees);
  const part = priorityQuota(rules, whole, share.priority);
  const quota = share.mode === "observe" ? whole : part;
  const used = heldBy(ring, state.pooled);
  const refusal = (limit: number): Refusal => ({
    kind: "pool",
    name: day.limit.name,
    limit,
    used,
    retryAfterMs: untilRoom(day, ring, state.pooled, limit, time),
  });
  return {
    bound: boundOf("c", baseOf(ring) + quota, state.pooled, state),
    refusals: used >= quota ? [refusal(quota)] : [],
    ...(used >= part && used < quota ? { spared: refusal(part) } : {}),
  };
}

function decideWindows(rules: Rules, state: BudgetState, rings: Rings, takesOwn: boolean, time: Time): Part {
  const grid = poolGrid(rules.windows);
  // What is guaranteed is good whatever the day's window holds, as long as the pool has kept to its part.
  const skipsDay = takesOwn && heldBy(rings.pool, state.pooled) <= safePoolQuota(rules, state);
  const refusals: Refusal[] = [];
  let below = Number.POSITIVE_INFINITY;
  for (const [index, window] of rules.windows.entries()) {
    const ring = rings.windows[index];
    if (ring === undefined || (skipsDay && window === grid)) continue;
    const { name, quota } = window.limit;
    below = Math.min(below, baseOf(ring) + quota);
    const used = heldBy(ring, state.taken);
    if (used < quota) continue;
    const retryAfterMs = untilRoom(window, ring, state.taken, quota, time);
    refusals.push({ kind: "limit", name, limit: quota, used, retryAfterMs });
  }
  return { ...(Number.isFinite(below) ? { bound: boundOf("n", below, state.taken, state) } : {}), refusals };
}

function untilRoom(grid: Grid, ring: Ring, counter: number, quota: number, time: Time): number {
  return Math.min(maxRetryMs, Math.max(1, roomAt(grid, ring, counter, quota) - time.earliest));
}
