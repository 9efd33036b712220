import type { GatewayEvent } from "../platform/events.ts";
import { type BudgetState, forGood } from "./budget-item.ts";
import type { Time } from "./rings.ts";
import type { Write } from "./write.ts";

/** What the upstream said about its limits in its answer to an admitted call. */
export type Outcome = { kind: "ok" } | { kind: "limited"; retryAfterMs?: number } | { kind: "disabled" };

/** A closed gate: until when, and how often in a row it was closed. */
type Closed = { closedUntil: number; strikes: number };

/** Upwork lifts its block within a minute of the last refused request (Upwork's rate limit article). */
const pauseMs = 60_000;
const maxPauseMs = 15 * 60_000;

/** The gate after what the upstream said; `undefined` is open. */
export function gateAfter(outcome: Outcome, isProbe: boolean, { gate }: BudgetState, time: Time): Closed | undefined {
  if (outcome.kind === "ok") return undefined;
  if (outcome.kind === "disabled") return { closedUntil: forGood, strikes: gate.strikes };
  // Calls that were under way when the gate closed are the same trouble, not a repetition of it.
  const repeats = isProbe ? gate.strikes + 1 : Math.max(1, gate.strikes);
  const pause = Math.max(outcome.retryAfterMs ?? 0, Math.min(maxPauseMs, pauseMs * 2 ** (repeats - 1)));
  return { closedUntil: Math.ceil(time.latest + pause), strikes: repeats };
}

/** Closes or opens the gate for everybody: writes planned before do not happen. */
export function planGate({ version }: BudgetState, next: Closed | undefined): Write {
  const raised = { attribute: "v", set: version + 1 };
  return {
    conditions: [{ attribute: "v", equals: version }],
    changes:
      next === undefined
        ? [{ attribute: "gu", remove: true }, { attribute: "gs", remove: true }, raised]
        : [{ attribute: "gu", set: next.closedUntil }, { attribute: "gs", set: next.strikes }, raised],
  };
}

/** What the world is told of such a change, if anything: the one write that makes it gives the event its id. */
export function gateEvent(
  application: string,
  state: BudgetState,
  next: Closed | undefined,
  at: number,
): GatewayEvent | undefined {
  const [was, is] = [state.gate.closedUntil === forGood, next?.closedUntil === forGood];
  if (was === is) return undefined;
  return {
    id: `${application}-gate-${state.version}`,
    type: is ? "budget.closed" : "budget.reopened",
    at,
    data: { because: is ? "key-disabled" : "reopened-by-admin", application },
  };
}
