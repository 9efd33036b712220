import { MetricUnit } from "@aws-lambda-powertools/metrics";
import type { EventBridgeEvent } from "aws-lambda";
import { createDynamo, createSecretsManager } from "../platform/aws.ts";
import { readConfig } from "../platform/config.ts";
import { createMetrics } from "../platform/metrics.ts";
import { scheduledFunction } from "../platform/middleware.ts";
import { metricNames } from "../platform/names.ts";
import { createSecretStore } from "../platform/secrets.ts";
import { attemptTimeoutMs } from "./attempt.ts";
import { worksUntil } from "./going-on.ts";
import { openDeliverer } from "./open-deliverer.ts";
import { createOutbox } from "./outbox.ts";

const config = readConfig();
const metrics = createMetrics(config.stage);
const table = { dynamo: createDynamo(), name: config.stateTable };
const outbox = createOutbox(table, Date.now);
const deliverer = openDeliverer(config, table, createSecretStore(createSecretsManager()));

/** The last try must be able to end, and to be noted, before Lambda ends the function. */
const reserveMs = attemptTimeoutMs + 5_000;

/** Runs every minute. Runs may overlap or come twice: every try is claimed first. */
export const handler = scheduledFunction(
  async (_event: EventBridgeEvent<"Scheduled Event", unknown>, { getRemainingTimeInMillis }) => {
    const report = await deliverer.run(worksUntil(Date.now(), getRemainingTimeInMillis(), reserveMs));
    if (report.dead > 0) {
      metrics.addMetric(metricNames.deliveryDead.name, MetricUnit.Count, report.dead);
      metrics.publishStoredMetrics();
    }
    return { ...report, contentDropped: await outbox.dropOldContent(100) };
  },
);
