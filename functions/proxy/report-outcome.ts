import type { Ledger } from "../budget/ledger.ts";
import type { Admission } from "../budget/reservation.ts";
import { logger } from "../platform/log.ts";
import type { UpstreamResponse } from "../platform/upstream.ts";
import { outcomeOf } from "./outcome.ts";

/** Tells the ledger what an answer says about Upwork's limits: a 429 closes the gate for everybody. */
export async function reportOutcome(
  ledger: Ledger,
  admission: Admission,
  answer: UpstreamResponse,
  now: number,
): Promise<void> {
  const outcome = outcomeOf(answer, now);
  if (outcome.kind !== "ok") logger.warn("budget.closed", { because: outcome.kind, status: answer.status });
  // The answer is here; a store that cannot note what it said about the limits must not lose it.
  await ledger.report(admission, outcome).catch((error: Error) => logger.error("gate not updated", { error }));
}
