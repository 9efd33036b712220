import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { Send } from "./attempt.ts";
import { standardBody } from "./body.ts";

/** An entry of EventBridge holds 256 KB, everything in it together. */
const maxDetailBytes = 240_000;

/** Sends events to a bus: source `upwork-gateway`, the type as detail type, the id and the standard body as detail. */
export function createBusSend(open: () => Promise<Pick<EventBridgeClient, "send">>, eventBus: string): Send {
  return async (_endpoint, event) => {
    const { PutEventsCommand } = await import("@aws-sdk/client-eventbridge");
    const detail = JSON.stringify({ id: event.id, ...standardBody(event) });
    const { item: _item, ...told } = event.data;
    const fits = Buffer.byteLength(detail) <= maxDetailBytes;
    const entry = {
      EventBusName: eventBus,
      Source: "upwork-gateway",
      DetailType: event.type,
      Time: new Date(event.at),
      Detail: fits ? detail : JSON.stringify({ id: event.id, ...standardBody({ ...event, data: told }) }),
    };
    try {
      const client = await open();
      const { FailedEntryCount = 0 } = await client.send(new PutEventsCommand({ Entries: [entry] }));
      return FailedEntryCount === 0 ? { status: 200 } : { error: "unreachable" };
    } catch {
      // EventBridge throttles, or is not to be reached: the delivery is tried again as any other.
      return { error: "unreachable" };
    }
  };
}
