import type { StateTable } from "../../functions/platform/state-table.ts";
import type { SendResult } from "../../functions/webhooks/attempt.ts";
import { createDeliverer, type Deliverer, type DelivererDependencies } from "../../functions/webhooks/deliverer.ts";
import { createDeliveryStore } from "../../functions/webhooks/deliveries.ts";
import { createEndpointStore, type Endpoint } from "../../functions/webhooks/endpoints.ts";
import { createOutbox } from "../../functions/webhooks/outbox.ts";
import { createSharedTurns } from "../../functions/webhooks/turns.ts";
import { virtualTime } from "./virtual-time.ts";
import { endpoint, itemEvent } from "./webhooks.ts";

/** What the receiver takes to answer. */
const receiverMs = 5;

/** Processes in virtual time that deliver from one real table, whose every answer takes `answerMs`. */
export function webhookProcesses(fresh: StateTable, { begin, answerMs }: { begin: number; answerMs: number }) {
  const time = virtualTime(begin);
  const { table, writes } = time.slowed(fresh, answerMs);
  const turns = time.slowed(fresh, answerMs);
  const takeTurns = createSharedTurns(turns.table);
  const waited: { id: string; ms: number }[] = [];

  return {
    time,
    table,
    takeTurns,
    /** How long each event waited for a try, in the order of the tries. */
    waited,
    longestMs: () => Math.max(...waited.map(({ ms }) => ms)),
    /** Write requests, refused ones included. */
    turnWrites: turns.writes,
    allWrites: () => writes() + turns.writes(),

    saveEndpoint: (own: Partial<Endpoint>) =>
      time.until(createEndpointStore(table).save(endpoint({ inFlight: 16, ...own }))),

    start(own: Partial<DelivererDependencies> = {}): Deliverer {
      return createDeliverer({
        endpoints: createEndpointStore(table),
        outbox: createOutbox(table, time.now),
        deliveries: createDeliveryStore(table),
        send: async (_endpoint, event): Promise<SendResult> => {
          waited.push({ id: event.id, ms: time.now() - event.at });
          await time.wait(receiverMs);
          return { status: 200 };
        },
        takeTurns,
        raise: async () => undefined,
        random: () => 0.5,
        log: { info: () => undefined, error: (message, details) => console.error(message, details) },
        now: time.now,
        after: time.after,
        ...own,
      });
    },

    /** Tells of so many events at an even pace, whatever becomes of those before. */
    async stream(telling: Deliverer, name: string, perSecond: number, count: number): Promise<void> {
      const outbox = createOutbox(table, time.now);
      const targets = await telling.targets();
      const told: Promise<void>[] = [];
      for (let index = 0; index < count; index += 1) {
        const event = itemEvent({ id: `${name}_${index}`, at: time.now() });
        told.push(outbox.keep(event).then(() => telling.fanOut(event, targets, async () => undefined)));
        await time.wait(Math.round(1_000 / perSecond));
      }
      await Promise.all(told);
      await telling.settled();
    },
  };
}
