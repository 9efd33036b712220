import { createCounterDynamo } from "../platform/aws.ts";
import type { Config } from "../platform/config.ts";
import type { RaiseEvent } from "../platform/events.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { noteRefusals } from "./refusal-metric.ts";
import { storeClock } from "./store-clock.ts";

/** The ledger of the application's key, as every function of a deployment uses it. `raise` tells the world of the gate. */
export function openLedger(config: Config, raise?: RaiseEvent): Ledger {
  const dynamo = createCounterDynamo();
  return createLedger({
    dynamo,
    clock: storeClock(dynamo),
    tableName: config.budgetTable,
    application: "oauth1",
    limits: config.limits,
    batchReserve: config.batchReserve,
    now: Date.now,
    steady: () => performance.now(),
    note: noteRefusals(config.stage),
    ...(raise === undefined ? {} : { raise }),
  });
}
