import { type BudgetState, clientKey, type Guarantee } from "./budget-item.ts";
import { guaranteeChange, moveChanges, moveOn } from "./charge.ts";
import { gatewayKey } from "./gateway-client.ts";
import { advance, baseOf, emptyRing, heldBy, type Time } from "./rings.ts";
import { poolQuota, type Rules } from "./rules.ts";
import { poolGrid } from "./windows.ts";
import type { Change, Condition, Write } from "./write.ts";

/** Units by the client's key, the gateway's own included. */
type Wanted = ReadonlyMap<string, number>;

export function wantedOf(rules: Rules, guaranteed: Readonly<Record<string, number>>): Wanted {
  if (rules.dayQuota === undefined) return new Map();
  const wanted = new Map(Object.entries(guaranteed).map(([id, units]) => [clientKey(id), units]));
  return wanted.set(gatewayKey, rules.gatewayUnits);
}

/**
 * The write that settles what is open: a guarantee that waits for the pool to have its units, or the gateway's own
 * after the limits were changed. `undefined` when nothing is.
 */
export function planSettling(rules: Rules, state: BudgetState, time: Time): Write | undefined {
  const own = state.guarantees.find(({ client }) => client === gatewayKey)?.wanted ?? 0;
  if (own === rules.gatewayUnits && state.guarantees.every(({ granted, wanted }) => granted === wanted))
    return undefined;
  const wanted = new Map(state.guarantees.map((guarantee) => [guarantee.client, guarantee.wanted]));
  return planGuarantees(rules, state, wanted.set(gatewayKey, rules.gatewayUnits), time);
}

/**
 * The write that makes the guarantees be as wanted; `undefined` when they are. The pool shrinks at once. What is new is
 * granted as soon as the pool holds no more than it may then, so that no guarantee is given from another one's units;
 * what is taken away counts as taken from the pool as far as it was used.
 */
export function planGuarantees(rules: Rules, state: BudgetState, wanted: Wanted, time: Time): Write | undefined {
  const grid = poolGrid(rules.windows);
  const kept: Guarantee[] = [];
  const removed: Guarantee[] = [];
  let excess = 0;
  for (const before of state.guarantees) {
    const units = wanted.get(before.client) ?? 0;
    const { ring } = advance(grid, before.ring, before.taken, time);
    excess += Math.max(0, Math.min(before.granted, heldBy(ring, before.taken)) - units);
    if (units === 0) removed.push(before);
    else kept.push({ ...before, ring, wanted: units, granted: Math.min(before.granted, units) });
  }
  const added = newGuarantees(state, wanted);
  const view = moveOn(rules, state, undefined, time);
  const quota = poolQuota(rules, [...kept, ...added]);
  const base = baseOf(view.pool.ring);
  const canGrant = heldBy(view.pool.ring, state.pooled) + excess <= quota;
  const after = [...kept, ...added].map((one) => (canGrant ? { ...one, granted: one.wanted } : one));
  if (isAsBefore(state, after)) return undefined;

  const conditions: Condition[] = [{ attribute: "v", equals: state.version }];
  // Their slots are written out, so nobody may count in them meanwhile.
  conditions.push(...state.guarantees.map(({ index, taken }) => ({ attribute: `a${index}`, equals: taken })));
  if (canGrant && Number.isFinite(quota)) conditions.push({ attribute: "c", below: base + quota - excess + 1 });
  const changes: Change[] = [
    ...moveChanges(rules, state, { ...view, epoch: view.epoch + 1 }),
    ...after.map(guaranteeChange),
    ...added.map(({ index }) => ({ attribute: `a${index}`, set: 0 })),
    ...removed.flatMap(({ index }) =>
      [`g${index}`, `a${index}`].map((attribute) => ({ attribute, remove: true }) as const),
    ),
    ...(excess > 0 ? [{ attribute: "c", add: excess }] : []),
    { attribute: "v", set: state.version + 1 },
  ];
  return { conditions, changes };
}

function newGuarantees(state: BudgetState, wanted: Wanted): Guarantee[] {
  const added: Guarantee[] = [];
  const used = new Set(state.guarantees.map(({ index }) => index));
  for (const [client, units] of wanted) {
    if (units === 0 || state.guarantees.some((one) => one.client === client)) continue;
    let index = 0;
    while (used.has(index)) index += 1;
    used.add(index);
    added.push({ index, client, wanted: units, granted: 0, ring: emptyRing, taken: 0 });
  }
  return added;
}

function isAsBefore({ guarantees }: BudgetState, after: readonly Guarantee[]): boolean {
  return (
    guarantees.length === after.length &&
    guarantees.every(({ client, wanted, granted }, index) => {
      const now = after[index];
      return now?.client === client && now.wanted === wanted && now.granted === granted;
    })
  );
}
