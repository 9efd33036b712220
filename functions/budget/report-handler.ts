import type { EventBridgeEvent } from "aws-lambda";
import { guaranteesOf, listAllClients } from "../clients/guarantees.ts";
import { createDynamo } from "../platform/aws.ts";
import { readConfig } from "../platform/config.ts";
import { logger } from "../platform/log.ts";
import { createMetrics } from "../platform/metrics.ts";
import { scheduledFunction } from "../platform/middleware.ts";
import { GuaranteesError } from "../platform/share-schema.ts";
import { openRaiseEvent } from "../webhooks/open-raise.ts";
import { gatewayClient } from "./gateway-client.ts";
import { openLedger } from "./open-ledger.ts";
import { reportBudget, thresholdEvents } from "./report.ts";

const config = readConfig();
const metrics = createMetrics(config.stage);
const table = { dynamo: createDynamo(), name: config.stateTable };
const ledger = openLedger(config);
const raise = openRaiseEvent(table);

/** Runs every hour. Running twice reports the same thing twice, which metrics do not mind and events tell once. */
export const handler = scheduledFunction(async (_event: EventBridgeEvent<"Scheduled Event", unknown>) => {
  const stored = await listAllClients(table);
  await ledger.guarantee(guaranteesOf(stored)).catch((error: unknown) => {
    // Limits were lowered below what is guaranteed; what was guaranteed before goes on.
    if (!(error instanceof GuaranteesError)) throw error;
    logger.error("guarantees cannot be kept", { error });
  });
  const clients = [...stored, gatewayClient];
  const { shares, ...snapshot } = await ledger.readShares(clients);
  const usage = clients.map(({ id }, index) => ({ client: id, usedToday: shares[index]?.usedToday ?? 0 }));
  reportBudget(metrics, snapshot, usage);
  for (const event of thresholdEvents(snapshot, "oauth1", Date.now())) await raise(event);
  return { limits: snapshot.limits };
});
