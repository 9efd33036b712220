import type { Limit } from "../platform/limit-schema.ts";
import { dayLimit, gatewayGuarantee, type Share } from "../platform/share-schema.ts";
import type { BudgetState, Guarantee } from "./budget-item.ts";
import { heldBy, type Ring } from "./rings.ts";
import { type Window, windowsOf } from "./windows.ts";

/** What every decision of a ledger goes by. */
export type Rules = {
  windows: readonly Window[];
  /** Units of any 24 h that clients share; `undefined` without a day's limit, and then nothing is guaranteed. */
  dayQuota: number | undefined;
  /** Units of any 24 h for the gateway's own calls. */
  gatewayUnits: number;
  /** The part of the common pool that batch clients leave to interactive ones. */
  batchReserve: number;
};

export function rulesOf(limits: readonly Limit[], batchReserve: number): Rules {
  const sorted = limits.toSorted((a, b) => a.seconds - b.seconds);
  const dayQuota = dayLimit(sorted)?.quota;
  return {
    windows: windowsOf(sorted),
    dayQuota,
    gatewayUnits: dayQuota === undefined ? 0 : gatewayGuarantee(dayQuota),
    batchReserve,
  };
}

/** Units of any 24 h that are nobody's own: the quota less every guarantee, those included that are still to be granted. */
export function poolQuota({ dayQuota }: Rules, guarantees: readonly Guarantee[]): number {
  if (dayQuota === undefined) return Number.POSITIVE_INFINITY;
  return Math.max(0, dayQuota - sumOf(guarantees, "wanted"));
}

/** How full the pool may be for a guarantee to be good without a look at the day's window. */
export function safePoolQuota({ dayQuota }: Rules, { guarantees }: BudgetState): number {
  return dayQuota === undefined ? Number.NEGATIVE_INFINITY : dayQuota - sumOf(guarantees, "granted");
}

/** Units of a guarantee that are left. */
export function ownLeft({ granted, taken }: Guarantee, ring: Ring): number {
  return Math.max(0, granted - heldBy(ring, taken));
}

/** The pool's part that a client of this priority can use. */
export function priorityQuota(rules: Rules, pool: number, priority: Share["priority"]): number {
  return priority === "batch" && Number.isFinite(pool) ? Math.floor(pool * (1 - rules.batchReserve)) : pool;
}

/** The cap that counts at `now`. */
export function capAt({ cap, temporary }: Share, now: number): number | undefined {
  return temporary !== undefined && now < Date.parse(temporary.until) ? temporary.cap : cap;
}

function sumOf(guarantees: readonly Guarantee[], which: "wanted" | "granted"): number {
  return guarantees.reduce((sum, guarantee) => sum + guarantee[which], 0);
}
