import type { Send, SendResult } from "./attempt.ts";
import type { Delivery, DeliveryStore } from "./deliveries.ts";
import type { Endpoint } from "./endpoints.ts";
import type { OutgoingEvent } from "./outbox.ts";
import { type Attempt, type Decision, decide } from "./retry.ts";

export type TryDependencies = {
  deliveries: DeliveryStore;
  send: Send;
  now: () => number;
  random: () => number;
  log: { info(message: string, details: Record<string, unknown>): void };
  /** The pauses between tries, where they are not the usual ones. */
  pauses?: readonly number[];
};

const keptAttempts = 50;

/** Makes one try of a delivery that was claimed for it, and notes it whatever becomes of it. */
export async function tryDelivery(
  { deliveries, send, now, random, log, pauses }: TryDependencies,
  endpoint: Endpoint,
  delivery: Delivery,
  event: OutgoingEvent | undefined,
): Promise<{ made: Attempt; decision: Decision }> {
  const at = now();
  const result: SendResult = event === undefined ? { error: "event-expired" } : await send(endpoint, event);
  const made: Attempt = { at, ms: now() - at, status: result.status, error: result.error };
  const decision: Decision =
    event === undefined
      ? { kind: "dead" }
      : decide(made, delivery.tries, { now: now(), random: random(), retryAfterMs: result.retryAfterMs, pauses });
  const attempts = delivery.attempts.slice(-keptAttempts);
  const isOurs = await deliveries.finish({ ...delivery, attempts }, made, decision);
  log.info("delivery", {
    endpoint: endpoint.id,
    eventId: delivery.eventId,
    tries: delivery.tries,
    status: made.status,
    failure: made.error,
    ms: made.ms,
    decision: isOurs ? decision.kind : "taken over",
  });
  return { made, decision };
}
