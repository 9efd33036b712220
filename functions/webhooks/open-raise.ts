import type { RaiseEvent } from "../platform/events.ts";
import { logger } from "../platform/log.ts";
import type { StateTable } from "../platform/state-table.ts";
import { createEndpointStore } from "./endpoints.ts";
import { eventBusOf, withBus } from "./event-bus.ts";
import { createOutbox, createRaiseEvent } from "./outbox.ts";

/** Raises events as every function of a deployment does. */
export function openRaiseEvent(table: StateTable): RaiseEvent {
  return createRaiseEvent({
    outbox: createOutbox(table, Date.now),
    endpoints: withBus(createEndpointStore(table), eventBusOf()),
    log: logger,
  });
}
