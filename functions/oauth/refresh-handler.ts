import { MetricUnit } from "@aws-lambda-powertools/metrics";
import type { EventBridgeEvent } from "aws-lambda";
import { openLedger } from "../budget/open-ledger.ts";
import { createDynamo, createSecretsManager } from "../platform/aws.ts";
import { readConfig } from "../platform/config.ts";
import { logger } from "../platform/log.ts";
import { createMetrics } from "../platform/metrics.ts";
import { scheduledFunction } from "../platform/middleware.ts";
import { metricNames } from "../platform/names.ts";
import { createSecretStore } from "../platform/secrets.ts";
import { gatewaySpend } from "../proxy/gateway-spend.ts";
import { openRaiseEvent } from "../webhooks/open-raise.ts";
import { createConnectionStore } from "./connections.ts";
import { openRenewal } from "./open-renewal.ts";
import { refreshDue } from "./refresh.ts";

const config = readConfig();
const metrics = createMetrics(config.stage);
const table = { dynamo: createDynamo(), name: config.stateTable };
const secrets = createSecretStore(createSecretsManager());
const connections = createConnectionStore(table, secrets, config.secretPrefix);
const ledger = openLedger(config);
const renewal = openRenewal(config, {
  table,
  secrets,
  connections,
  spend: gatewaySpend(ledger),
  raise: openRaiseEvent(table),
});

/** Runs every 15 minutes. Running twice at once is the same as once: the second finds nothing due, or a lease. */
export const handler = scheduledFunction(async (_event: EventBridgeEvent<"Scheduled Event", unknown>) => {
  const report = await refreshDue(renewal, config.refreshEarlyMs);
  const failed = [...report.notNow, ...report.needsReauth];
  if (failed.length > 0) {
    logger.warn("tokens not refreshed", { ...report });
    metrics.addMetric(metricNames.refreshFailed.name, MetricUnit.Count, failed.length);
    metrics.publishStoredMetrics();
  }
  return report;
});
