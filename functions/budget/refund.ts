import { type BudgetState, dayCountLimit, numberOf } from "./budget-item.ts";
import { guaranteeChange } from "./charge.ts";
import { packRings } from "./packed-rings.ts";
import type { Unit } from "./reservation.ts";
import { type Time, withoutUnit } from "./rings.ts";
import type { Rules } from "./rules.ts";
import { poolGrid } from "./windows.ts";
import type { Change, Write } from "./write.ts";

/**
 * The write that gives a unit back wherever it is still held. `undefined` when nobody can tell any more where it is:
 * then it stays spent, which is never too much.
 */
export function planRefund(rules: Rules, state: BudgetState, unit: Unit, time: Time): Write | undefined {
  if (state.isForeign || unit.epoch !== state.epoch) return undefined;
  const grid = poolGrid(rules.windows);
  const windows = rules.windows.map((window, index) => {
    const ring = state.windows[index] ?? state.pool;
    return withoutUnit(window, ring, unit.slots[index] ?? ring.head, time);
  });
  const own = state.guarantees.find(({ index, client }) => index === unit.guarantee && client === unit.client);
  if (unit.guarantee !== undefined && own === undefined) return undefined;
  const pool = own ? state.pool : withoutUnit(grid, state.pool, unit.poolSlot, time);
  const ownRing = own && withoutUnit(grid, own.ring, unit.poolSlot, time);

  const changes: Change[] = [
    { attribute: "n", add: -1 },
    { attribute: own ? `a${own.index}` : "c", add: -1 },
  ];
  const counted = numberOf(state.attributes, `u_${unit.client}`) - unit.day;
  if (counted > 0 && counted <= dayCountLimit) changes.push({ attribute: `u_${unit.client}`, add: -1 });
  const isMoved = pool !== state.pool || windows.some((ring, index) => ring !== state.windows[index]);
  if (isMoved) {
    const written = windows.map((ring) => ({ ring, opens: false }));
    changes.push({ attribute: "r", set: packRings(rules.windows, state.epoch, written, { ring: pool, opens: false }) });
  }
  if (own && ownRing && ownRing !== own.ring) changes.push(guaranteeChange({ ...own, ring: ownRing }));
  // Under one version no counter goes back.
  changes.push({ attribute: "v", set: state.version + 1 });
  return { conditions: [{ attribute: "v", equals: state.version }], changes };
}
