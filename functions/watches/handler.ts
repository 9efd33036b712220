import type { EventBridgeEvent } from "aws-lambda";
import { createDynamo, createSecretsManager } from "../platform/aws.ts";
import { readConfig } from "../platform/config.ts";
import { scheduledFunction } from "../platform/middleware.ts";
import { createSecretStore } from "../platform/secrets.ts";
import { attemptTimeoutMs } from "../webhooks/attempt.ts";
import { worksUntil } from "../webhooks/going-on.ts";
import { openWatches } from "./open-watches.ts";
import { tellPending } from "./tell.ts";
import { runDue } from "./tick.ts";

const config = readConfig();
const table = { dynamo: createDynamo(), name: config.stateTable };
const dependencies = openWatches(config, table, createSecretStore(createSecretsManager()));

/** A run's calls, and the deliveries that follow from it, must be able to end before Lambda ends the function. */
const reserveMs = attemptTimeoutMs + 30_000;

/** Runs every minute. Runs may overlap or come twice: every watch is claimed first. */
export const handler = scheduledFunction(
  async (_event: EventBridgeEvent<"Scheduled Event", unknown>, { getRemainingTimeInMillis }) => {
    const until = worksUntil(Date.now(), getRemainingTimeInMillis(), reserveMs);
    try {
      const toldLate = await tellPending(dependencies, 100);
      const report = await runDue(dependencies, until);
      return { ...report, toldLate };
    } finally {
      // Deliveries began during the runs; a frozen function would not finish them.
      await dependencies.deliverer.goOn(until);
    }
  },
);
