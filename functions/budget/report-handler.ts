import { randomUUID } from "node:crypto";
import { Metrics } from "@aws-lambda-powertools/metrics";
import type { EventBridgeEvent } from "aws-lambda";
import { createCounterDynamo } from "../platform/aws.ts";
import { readConfig } from "../platform/config.ts";
import { scheduledFunction } from "../platform/middleware.ts";
import { createLedger } from "./ledger.ts";
import { reportBudget } from "./report.ts";

const config = readConfig();
const metrics = new Metrics({ namespace: "UpworkGateway", defaultDimensions: { Stage: config.stage } });
const ledger = createLedger({
  dynamo: createCounterDynamo(),
  tableName: config.budgetTable,
  application: "oauth1",
  limits: config.limits,
  now: Date.now,
  createId: randomUUID,
});

/** Runs every hour. Running twice reports the same thing twice, which metrics do not mind. */
export const handler = scheduledFunction(async (_event: EventBridgeEvent<"Scheduled Event", unknown>) => {
  const snapshot = await ledger.read();
  reportBudget(metrics, snapshot);
  return { limits: snapshot.limits };
});
