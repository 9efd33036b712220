import type { GatewayEvent } from "../../functions/platform/events.ts";
import type { Endpoint } from "../../functions/webhooks/endpoints.ts";

/** An endpoint that wants everything; give what matters to the test. */
export function endpoint(own: Partial<Endpoint> = {}): Endpoint {
  return {
    id: "wh_1",
    name: "Receiver",
    url: "https://receiver.example/hook",
    events: ["*"],
    shape: "standard",
    perSecond: 50,
    inFlight: 8,
    state: "enabled",
    createdAt: 1_700_000_000_000,
    version: 1,
    ...own,
  };
}

/** A new item that a watch found. */
export function itemEvent(own: Partial<GatewayEvent> = {}): GatewayEvent {
  return {
    id: "evt_1",
    type: "watch.item.new",
    at: 1_700_000_000_000,
    data: { watch: { id: "wat_1", name: "Jobs" }, itemId: "~01abc", item: { id: "~01abc", title: "Repair a gateway" } },
    ...own,
  };
}
