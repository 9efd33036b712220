import type { RaiseEvent } from "../platform/events.ts";
import { logger } from "../platform/log.ts";
import type { StateTable } from "../platform/state-table.ts";
import { createEndpointStore } from "./endpoints.ts";
import { eventBusOf, withBus } from "./event-bus.ts";
import { createOutbox, createRaiseEvent } from "./outbox.ts";

/** Raises events for the endpoints of a deployment, and for its bus where it has one. */
export function createRaise(table: StateTable): RaiseEvent {
  return createRaiseEvent({
    outbox: createOutbox(table, Date.now),
    endpoints: withBus(createEndpointStore(table), eventBusOf()),
    log: logger,
  });
}
