import { Problem } from "../platform/problem.ts";
import type { BudgetClient } from "../platform/share-schema.ts";
import { UpstreamError } from "../platform/upstream.ts";
import type { Ledger } from "./ledger.ts";
import { refusalHeaders } from "./ratelimit-headers.ts";
import type { Admission, Refusal, Reservation } from "./reservation.ts";
import type { LimitState } from "./standing.ts";

/**
 * Runs one send of a client within the budget: reserves a unit before it, and gives the unit back only when no byte left.
 *
 * @throws Problem for a refused reservation; whatever `send` throws
 */
export async function spendOne<Answer>(
  ledger: Ledger,
  send: (admission: Admission) => Promise<Answer>,
  request: { client: BudgetClient; waitMs?: number | undefined },
): Promise<{ answer: Answer; admission: Admission }> {
  const reservation: Reservation = await ledger.reserve(request);
  if (!reservation.admitted) throw refusalProblem(reservation.refusal, reservation.limits);
  try {
    return { answer: await send(reservation), admission: reservation };
  } catch (error) {
    // Where giving back fails too, the unit stays spent; what the caller must learn is why the call failed.
    if (error instanceof UpstreamError && !error.sent) await ledger.giveBack(reservation).catch(() => undefined);
    throw error;
  }
}

/** The answer to a caller whose call the budget refused: which limit, how much of it, when to come back. */
export function refusalProblem(refusal: Refusal, limits: readonly LimitState[]): Problem {
  const headers = refusalHeaders(limits, refusal.name, refusal.retryAfterMs);
  const seconds = headers["retry-after"];
  switch (refusal.kind) {
    case "limit":
      return new Problem(
        "quota-exceeded",
        `The shared budget's "${refusal.name}" limit is used up (${refusal.used} of ${refusal.limit}). Nothing was sent. Come back in ${seconds} s.`,
        { headers, members: membersOf(refusal, "shared") },
      );
    case "pool":
      return new Problem(
        "quota-exceeded",
        `What is left of the "${refusal.name}" limit is not for this client: others have it guaranteed, or batch clients leave it to interactive ones (${refusal.used} of ${refusal.limit} common units are used). Nothing was sent. Come back in ${seconds} s.`,
        { headers, members: membersOf(refusal, "shared") },
      );
    case "cap":
      return new Problem(
        "quota-exceeded",
        `This client's cap of ${refusal.limit} calls a day (UTC) is used up. Nothing was sent. Come back in ${seconds} s, or ask an admin for more.`,
        { headers, members: membersOf(refusal, "client") },
      );
    case "gate":
      return new Problem("upstream-cooldown", `Upwork answered 429, so all calls pause. Come back in ${seconds} s.`, {
        headers,
      });
    case "disabled":
      return new Problem(
        "key-disabled",
        "Upwork said that the application's key is disabled. An admin must settle it with Upwork and then reopen the gate.",
        { headers },
      );
    case "store":
      return new Problem(
        "budget-store-unavailable",
        `The budget's store does not answer, and no call goes out uncounted. Come back in ${seconds} s.`,
        { headers },
      );
  }
}

function membersOf({ name, limit, used, retryAfterMs }: Refusal, scope: "shared" | "client") {
  return { "violated-policies": [name], scope, limit, used, retry_after_ms: Math.ceil(retryAfterMs) };
}
