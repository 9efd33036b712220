import { gatewayClient } from "../budget/gateway-client.ts";
import type { Ledger } from "../budget/ledger.ts";
import { spendOne } from "../budget/spend.ts";
import type { Spend } from "../oauth/token-step.ts";
import { reportOutcome } from "./report-outcome.ts";

/** A call of the gateway's own waits until the fullest second is over: callers, or a person at a browser, wait for it. */
const waitMs = 1_500;

/**
 * Spends for the gateway's own calls, from its own guarantee. They are calls like any other: a 429 to one of them closes
 * the gate for everybody, and one that was let through to see whether the gate may open again says what it saw.
 */
export function gatewaySpend(ledger: Ledger): Spend {
  return async (send) => {
    const { answer, admission } = await spendOne(ledger, send, { client: gatewayClient, waitMs });
    await reportOutcome(ledger, admission, answer, Date.now());
    return answer;
  };
}
