import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { logger } from "../platform/log.ts";
import type { Send } from "./attempt.ts";
import { standardBody } from "./body.ts";

/** An entry of EventBridge holds 256 KB, everything in it together. */
const maxDetailBytes = 240_000;

/** Sends events to a bus: source `upwork-gateway`, the type as detail type, the id and the standard body as detail. */
export function createBusSend(client: Pick<EventBridgeClient, "send">, eventBus: string): Send {
  return async (_endpoint, event) => {
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
      const { FailedEntryCount = 0, Entries } = await client.send(new PutEventsCommand({ Entries: [entry] }));
      if (FailedEntryCount > 0) throw new Error(Entries?.[0]?.ErrorMessage ?? "EventBridge did not take the event");
      return { status: 200 };
    } catch (error) {
      // EventBridge throttles, or is not to be reached: the delivery is tried again as any other. Why is for the operator.
      logger.warn("bus not reached", { eventBus, error: error as Error });
      return { error: "unreachable" };
    }
  };
}

/** Sends to a bus of this account. */
export function openBusSend(eventBus: string): Send {
  const requestHandler = { connectionTimeout: 1_000, requestTimeout: 3_000 };
  return createBusSend(new EventBridgeClient({ maxAttempts: 3, requestHandler }), eventBus);
}
