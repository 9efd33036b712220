import type { BudgetSnapshot } from "./ledger.ts";
import { tightestOf } from "./ratelimit-headers.ts";

/** The shared budget as `GET /budget` answers it: units are calls, times are seconds. */
export function viewBudget(snapshot: BudgetSnapshot, clientId: string) {
  return {
    client: clientId,
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
