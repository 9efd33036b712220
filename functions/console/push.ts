import type { StateTable } from "../platform/state-table.ts";
import { createWatchStore } from "../watches/watch-store.ts";
import { createDeliveryStore } from "../webhooks/deliveries.ts";
import { createEndpointStore } from "../webhooks/endpoints.ts";
import { eventBusOf, withBus } from "../webhooks/event-bus.ts";
import { findDead } from "./dead-deliveries.ts";

/** Reads the watches of a deployment, and what nobody got of what they found. */
export function createPushReader(table: StateTable) {
  const watches = createWatchStore(table);
  const endpoints = withBus(createEndpointStore(table), eventBusOf());
  const deliveries = createDeliveryStore(table);
  return async () => {
    const [watched, dead] = await Promise.all([
      watches.list(),
      endpoints.list().then((all) => findDead(deliveries, all)),
    ]);
    return { watches: watched, dead };
  };
}
