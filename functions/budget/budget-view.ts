import type { BudgetSnapshot } from "./ledger.ts";
import { tightestOf } from "./ratelimit-headers.ts";
import type { ShareState } from "./standing.ts";

/** The shared budget as an admin sees it: units are calls, times are seconds. */
export function viewBudget(snapshot: BudgetSnapshot) {
  return {
    limits: snapshot.limits.map(({ name, quota, windowSeconds, used, left, resetsInMs }) => ({
      name,
      quota,
      window_seconds: windowSeconds,
      used,
      left,
      resets_in_seconds: Math.ceil(resetsInMs / 1000),
    })),
    binding: tightestOf(snapshot.limits)?.name ?? null,
    gate: { state: snapshot.gate.state, retry_after_seconds: Math.ceil(snapshot.gate.retryAfterMs / 1000) },
  };
}

/** The budget as `GET /budget` answers it to a client: the limits for it, and its own share; no other client's. */
export function viewBudgetFor(snapshot: BudgetSnapshot, client: string, state: ShareState) {
  return { client, ...viewBudget(snapshot), share: { ...viewShare(state), pool: state.pool ?? null } };
}

/** What a client has of its own, and how much it has used of it. */
export function viewShare({ share, usedToday, sparedToday, guaranteed, cap }: ShareState) {
  return {
    priority: share.priority,
    mode: share.mode,
    used_today: usedToday,
    spared_today: sparedToday,
    guaranteed: guaranteed ?? null,
    cap:
      cap === undefined
        ? null
        : { units: cap.units, left: cap.left, resets_in_seconds: Math.ceil(cap.resetsInMs / 1000) },
  };
}
