import { randomUUID } from "node:crypto";
import { createCounterDynamo } from "../platform/aws.ts";
import type { Config } from "../platform/config.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { storeClock } from "./store-clock.ts";

/** The ledger of the OAuth 1.0a application, as every function of a deployment uses it. */
export function openLedger(config: Config): Ledger {
  const dynamo = createCounterDynamo();
  return createLedger({
    dynamo,
    clock: storeClock(dynamo),
    tableName: config.budgetTable,
    application: "oauth1",
    limits: config.limits,
    now: Date.now,
    createId: randomUUID,
  });
}
