import type { EventBridgeEvent } from "aws-lambda";
import { readConfig } from "../platform/config.ts";
import { createMetrics } from "../platform/metrics.ts";
import { scheduledFunction } from "../platform/middleware.ts";
import { openLedger } from "./open-ledger.ts";
import { reportBudget } from "./report.ts";

const config = readConfig();
const metrics = createMetrics(config.stage);
const ledger = openLedger(config);

/** Runs every hour. Running twice reports the same thing twice, which metrics do not mind. */
export const handler = scheduledFunction(async (_event: EventBridgeEvent<"Scheduled Event", unknown>) => {
  const snapshot = await ledger.read();
  reportBudget(metrics, snapshot);
  return { limits: snapshot.limits };
});
