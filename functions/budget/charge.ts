import type { BudgetClient } from "../platform/share-schema.ts";
import { type BudgetState, clientKey, type Guarantee, staleCounts, todayOf } from "./budget-item.ts";
import { boundOf, type Decision, decide, gateRefusal, isNeeded } from "./decision.ts";
import { packGuarantee, packRings, type Written } from "./packed-rings.ts";
import type { Refusal, Unit } from "./reservation.ts";
import { advance, baseOf, isCurrent, type Ring, type Time } from "./rings.ts";
import type { Rules } from "./rules.ts";
import { poolGrid } from "./windows.ts";
import type { Change, Condition, Write } from "./write.ts";

/** A probe that never reports is taken for dead after this time. */
const probeLeaseMs = 45_000;

export type Charge = {
  /** Takes one unit, if everything that matters is as it was seen. */
  write: Write;
  unit: Unit;
  isProbe: boolean;
  /** The write raises the version, so that others planned on the same state will not happen. */
  raises: boolean;
  /** In observe mode: the refusal that the client's share would have been. */
  spared: Refusal | undefined;
};

/**
 * Plans the one write that takes a unit for a client, given the item as this process last saw it, or says why it would
 * be refused. The conditions are the whole decision: every window, the client's share and the gate. Where the slots
 * still fit, writes of many callers commute; where time has moved on, the write also moves the rings, and holds only
 * if nobody else has done so.
 */
export function planCharge(
  rules: Rules,
  state: BudgetState,
  client: BudgetClient,
  time: Time,
  id: string,
): Charge | { refusal: Refusal } {
  const closed = gateRefusal(state, time);
  if (closed) return { refusal: closed };
  const key = clientKey(client.id);
  const guarantee = state.guarantees.find((one) => one.client === key);
  let view = isUpToDate(rules, state, guarantee, time) ? asStored(state, guarantee) : undefined;
  let decision = view && decideOn(rules, state, client, guarantee, view, time);
  if (view === undefined || decision === undefined || decision.refusal) {
    view = moveOn(rules, state, guarantee, time);
    decision = decideOn(rules, state, client, guarantee, view, time);
  }
  if (decision.refusal) return { refusal: decision.refusal };
  return assemble(rules, state, key, guarantee, view, decision, time, id);
}

/** The rings as a write leaves them. */
export type View = { windows: readonly Written[]; pool: Written; own: Written | undefined; epoch: number };

const unmoved = (ring: Ring): Written => ({ ring, opens: false });

function asStored(state: BudgetState, guarantee: Guarantee | undefined): View {
  return {
    windows: state.windows.map(unmoved),
    pool: unmoved(state.pool),
    own: guarantee && unmoved(guarantee.ring),
    epoch: state.epoch,
  };
}

/** Whether increments alone file a unit rightly everywhere. */
function isUpToDate(rules: Rules, state: BudgetState, guarantee: Guarantee | undefined, time: Time): boolean {
  const grid = poolGrid(rules.windows);
  return (
    !state.isForeign &&
    rules.windows.every((window, index) => isCurrent(window, state.windows[index] ?? state.pool, time)) &&
    isCurrent(grid, state.pool, time) &&
    (guarantee === undefined || isCurrent(grid, guarantee.ring, time))
  );
}

/** All rings as `time` finds them. */
export function moveOn(rules: Rules, state: BudgetState, guarantee: Guarantee | undefined, time: Time): View {
  const grid = poolGrid(rules.windows);
  const windows = rules.windows.map((window, index) =>
    advance(window, state.windows[index] ?? state.pool, state.taken, time),
  );
  const pool = advance(grid, state.pool, state.pooled, time);
  const isBack =
    pool.ring.head < state.pool.head ||
    windows.some(({ ring }, index) => ring.head < (state.windows[index]?.head ?? 0));
  return {
    windows,
    pool,
    own: guarantee && advance(grid, guarantee.ring, guarantee.taken, time),
    epoch: state.epoch + (isBack ? 1 : 0),
  };
}

function decideOn(
  rules: Rules,
  state: BudgetState,
  client: BudgetClient,
  guarantee: Guarantee | undefined,
  view: View,
  time: Time,
): Decision {
  const rings = { windows: view.windows.map(({ ring }) => ring), pool: view.pool.ring, own: view.own?.ring };
  return decide(rules, state, client, guarantee, rings, time);
}

/** The changes that write moved rings, if any has moved; the version is the caller's to raise. */
export function moveChanges(rules: Rules, state: BudgetState, view: View): Change[] {
  const isMoved =
    state.isForeign ||
    view.epoch !== state.epoch ||
    view.pool.ring !== state.pool ||
    view.windows.some(({ ring }, index) => ring !== state.windows[index]);
  if (!isMoved) return [];
  return [
    { attribute: "nm", copyOf: "n" },
    { attribute: "cm", copyOf: "c" },
    { attribute: "r", set: packRings(rules.windows, view.epoch, view.windows, view.pool) },
  ];
}

export const guaranteeChange = (guarantee: Guarantee): Change => ({
  attribute: `g${guarantee.index}`,
  set: packGuarantee(guarantee),
});

function assemble(
  rules: Rules,
  state: BudgetState,
  key: string,
  guarantee: Guarantee | undefined,
  view: View,
  decision: Decision,
  time: Time,
  id: string,
): Charge {
  const conditions: Condition[] = [{ attribute: "v", equals: state.version }, ...decision.conditions];
  const changes = moveChanges(rules, state, view);
  let raises = changes.length > 0;
  const own = decision.takesOwn && guarantee && view.own ? { guarantee, ring: view.own.ring } : undefined;
  const counter = own ? `a${own.guarantee.index}` : "c";
  if (own && own.ring === own.guarantee.ring) {
    const below = baseOf(own.ring) + own.guarantee.granted;
    if (isNeeded(boundOf(counter, below, own.guarantee.taken, state), decision.room))
      conditions.push({ attribute: counter, below });
  } else if (own) {
    raises = true;
    // The closed slot's count is written out, so nobody may count in it meanwhile.
    conditions.push({ attribute: counter, equals: own.guarantee.taken });
    changes.push(guaranteeChange({ ...own.guarantee, ring: own.ring }));
  }
  // Guarantees are counted in the same slots as the pool, so they are recut with it.
  if (state.isForeign) changes.push(...state.guarantees.filter((one) => one !== own?.guarantee).map(guaranteeChange));
  changes.push({ attribute: counter, add: 1 }, { attribute: "n", add: 1 });

  const today = todayOf(state.attributes, `u_${key}`, time.latest);
  if (today.isFirst) {
    raises = true;
    changes.push({ attribute: `u_${key}`, set: today.from + 1 });
    const stale = staleCounts(state.attributes, time.latest).filter((name) => name.slice(2) !== key);
    changes.push(...stale.map((attribute) => ({ attribute, remove: true }) as const));
  } else changes.push({ attribute: `u_${key}`, add: 1 });
  if (decision.spared) {
    raises = true;
    const spared = todayOf(state.attributes, `o_${key}`, time.latest);
    changes.push({ attribute: `o_${key}`, set: spared.from + spared.count + 1 });
  }

  const isProbe = state.gate.closedUntil !== undefined;
  if (isProbe) {
    // The pause is over: whoever moves the gate's end wins the one probe, and everybody else waits for its result.
    raises = true;
    changes.push({ attribute: "gu", set: Math.ceil(time.latest + probeLeaseMs) });
  }
  changes.push({ attribute: "id", set: id });
  if (raises) changes.push({ attribute: "v", set: state.version + 1 });
  return {
    write: { conditions, changes },
    unit: {
      client: key,
      epoch: view.epoch,
      slots: view.windows.map(({ ring }) => ring.head),
      poolSlot: own ? own.ring.head : view.pool.ring.head,
      guarantee: own?.guarantee.index,
      day: today.from,
    },
    isProbe,
    raises,
    spared: decision.spared,
  };
}
