import type { BudgetClient, Share } from "../platform/share-schema.ts";
import { type BudgetState, clientKey, todayOf } from "./budget-item.ts";
import { advance, type Grid, heldBy, nextReturn, type Ring, type Time } from "./rings.ts";
import { capAt, ownLeft, poolQuota, priorityQuota, type Rules } from "./rules.ts";
import { poolGrid } from "./windows.ts";

/** What a limit looks like to the people it binds. */
export type LimitState = {
  name: string;
  quota: number;
  windowSeconds: number;
  used: number;
  /** What may still be taken now: by anybody, or by the client who asks. */
  left: number;
  /** Time until the oldest counted calls fall out of the window; 0 when there are none. */
  resetsInMs: number;
};

/** How a client stands: its share, and what it has of it. */
export type ShareState = {
  share: Share;
  /** Every limit, with what is left of it for this client. */
  limits: LimitState[];
  usedToday: number;
  /** Refusals that observe mode spared it today. */
  sparedToday: number;
  guaranteed: { units: number; used: number; left: number } | undefined;
  cap: { units: number; left: number; resetsInMs: number } | undefined;
  /** The common pool, as far as this client may take from it; `undefined` without a day's limit. */
  pool: { units: number; used: number; left: number } | undefined;
};

/** How every limit stands for everybody together. */
export function describeLimits(rules: Rules, state: BudgetState | undefined, time: Time): LimitState[] {
  return rules.windows.map((window, index) => {
    const { name, quota, seconds } = window.limit;
    const ring = state?.windows[index];
    const held = state && ring ? holding(window, ring, state.taken, time) : { used: 0, resetsInMs: 0 };
    return { name, quota, windowSeconds: seconds, ...held, left: Math.max(0, quota - held.used) };
  });
}

/** How every limit stands for one client: what is left of the day is what its share leaves it, and its cap is one more. */
export function describeLimitsFor(
  rules: Rules,
  state: BudgetState | undefined,
  client: BudgetClient,
  time: Time,
): LimitState[] {
  return describeShare(rules, state, client, time).limits;
}

function limitsFor(limits: LimitState[], standing: Omit<ShareState, "limits">): LimitState[] {
  const { guaranteed, cap, pool, usedToday, share } = standing;
  const day = limits.at(-1);
  if (day && pool) day.left = (guaranteed?.left ?? 0) + Math.min(day.left, pool.left);
  if (cap && share.mode === "enforce") {
    const { units, left, resetsInMs } = cap;
    limits.push({ name: "cap", quota: units, windowSeconds: 86_400, used: usedToday, left, resetsInMs });
  }
  return limits;
}

/** How one client stands. */
export function describeShare(
  rules: Rules,
  state: BudgetState | undefined,
  { id, share }: BudgetClient,
  time: Time,
): ShareState {
  const key = clientKey(id);
  const attributes = state?.attributes ?? {};
  const today = todayOf(attributes, `u_${key}`, time.latest);
  const cap = capAt(share, time.latest);
  const own = state?.guarantees.find(({ client }) => client === key);
  const grid = poolGrid(rules.windows);
  const ownRing = own && advance(grid, own.ring, own.taken, time).ring;
  const standing = {
    share,
    usedToday: today.count,
    sparedToday: todayOf(attributes, `o_${key}`, time.latest).count,
    guaranteed: own && ownRing && { units: own.granted, used: heldBy(ownRing, own.taken), left: ownLeft(own, ownRing) },
    cap:
      cap === undefined
        ? undefined
        : { units: cap, left: Math.max(0, cap - today.count), resetsInMs: today.endsAt - time.earliest },
    pool: poolFor(rules, state, share, time),
  };
  return { ...standing, limits: limitsFor(describeLimits(rules, state, time), standing) };
}

function poolFor(rules: Rules, state: BudgetState | undefined, share: Share, time: Time): ShareState["pool"] {
  if (rules.dayQuota === undefined) return undefined;
  const whole = state ? poolQuota(rules, state.guarantees) : rules.dayQuota - rules.gatewayUnits;
  const units = share.mode === "observe" ? whole : priorityQuota(rules, whole, share.priority);
  const used = state ? holding(poolGrid(rules.windows), state.pool, state.pooled, time).used : 0;
  return { units, used, left: Math.max(0, units - used) };
}

function holding(grid: Grid, ring: Ring, counter: number, time: Time) {
  const now = advance(grid, ring, counter, time).ring;
  const at = nextReturn(grid, now, counter);
  return { used: heldBy(now, counter), resetsInMs: at === undefined ? 0 : Math.max(0, at - time.earliest) };
}
