import type { GatewayEvent } from "../../functions/platform/events.ts";
import { eventSchemaOf } from "../../functions/webhooks/event-schemas.ts";

/** Throws unless events say what the documentation says they do; gives them back. */
export function asDocumented<Event extends GatewayEvent>(events: readonly Event[]): readonly Event[] {
  for (const { type, at, data } of events) {
    eventSchemaOf(type).parse({ type, timestamp: new Date(at).toISOString(), data });
  }
  return events;
}
