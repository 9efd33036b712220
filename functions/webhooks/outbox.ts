import * as z from "zod/mini";
import { eventTypes, type GatewayEvent, type RaiseEvent } from "../platform/events.ts";
import { getItem, type Key, putItem, queryDue, type StateTable, updateItem } from "../platform/state-table.ts";
import { type EndpointStore, wants } from "./endpoints.ts";

/** An event on its way out. `targets`, where given, names the only endpoints that are told. */
export type OutgoingEvent = GatewayEvent & { targets?: readonly string[] | undefined };

/** Upwork's content (`data.item`) is kept for a day, what the gateway says itself for thirty (Upwork's API terms). */
export const contentLifeMs = 24 * 3_600_000;
export const eventLifeMs = 30 * 24 * 3_600_000;

/**
 * Events that are to be delivered, each durable before anybody is told of it. Every event is stored once; it stays
 * `pending` until it has a delivery for each endpoint that wants it, and its content leaves after a day.
 */
export type Outbox = {
  /** Stores an event; false when one of this id is there already. */
  put(event: OutgoingEvent): Promise<boolean>;
  /** Stores an event for whoever delivers it, where somebody else remembers that it is pending. Doing it twice is once. */
  keep(event: OutgoingEvent): Promise<void>;
  /** The event, without content that is past its day. */
  find(id: string): Promise<OutgoingEvent | undefined>;
  /** Ids of events that still need deliveries, the oldest first. */
  pending(limit: number): Promise<string[]>;
  /** Notes that an event has all its deliveries. */
  settle(event: OutgoingEvent): Promise<void>;
  /** Removes the content of events older than a day; how many there were. */
  dropOldContent(limit: number): Promise<number>;
};

/**
 * An event as it is stored. Upwork's content is a text of JSON, for DynamoDB's numbers end where others' may not, and its
 * client refuses those that JavaScript does not hold exactly.
 */
export const storedEventSchema = z.object({
  id: z.string(),
  type: z.enum(eventTypes),
  at: z.number(),
  data: z.record(z.string(), z.unknown()),
  item: z.optional(z.string()),
  targets: z.optional(z.array(z.string())),
});

export function toStoredEvent({ data, ...event }: OutgoingEvent): OutgoingEvent & { item?: string } {
  const { item, ...told } = data;
  return { ...event, data: told, ...("item" in data ? { item: JSON.stringify(item) } : {}) };
}

export function readStoredEvent({ item, data, ...event }: z.infer<typeof storedEventSchema>): OutgoingEvent {
  return { ...event, data: item === undefined ? data : { ...data, item: JSON.parse(item) } };
}

const itemSchema = z.object({ ...storedEventSchema.shape, expiresAt: z.number() });

const keyOf = (id: string): Key => ({ pk: `EVENT#${id}`, sk: "-" });
const idOf = ({ pk }: Key) => pk.slice("EVENT#".length);
const pendingKey = "EVENT";
const contentKey = "EVENT-CONTENT";

/** Keeps events in the State table, where the index of due work finds what is pending and what is to be dropped. */
export function createOutbox(table: StateTable, now: () => number): Outbox {
  const store = (event: OutgoingEvent, due: { dueKey: string; dueAt: number } | undefined) =>
    putItem(
      table,
      { ...keyOf(event.id), ...toStoredEvent(event), ...due, expiresAt: Math.ceil((event.at + eventLifeMs) / 1000) },
      { expression: "attribute_not_exists(pk)" },
    );
  const contentDue = ({ at, data }: OutgoingEvent) =>
    "item" in data ? { dueKey: contentKey, dueAt: at + contentLifeMs } : undefined;
  return {
    put: (event) => store(event, { dueKey: pendingKey, dueAt: event.at }),
    async keep(event) {
      await store(event, contentDue(event));
    },
    async find(id) {
      const item = await getItem(table, keyOf(id));
      if (item === undefined) return undefined;
      const { expiresAt, ...event } = itemSchema.parse(item);
      return expiresAt * 1000 > now() ? withoutOldContent(readStoredEvent(event), now()) : undefined;
    },
    async pending(limit) {
      return (await queryDue(table, pendingKey, now(), limit)).map(({ key }) => idOf(key));
    },
    async settle(event) {
      const next = contentDue(event);
      await updateItem(
        table,
        keyOf(event.id),
        next === undefined ? "REMOVE dueKey, dueAt" : "SET dueKey = :content, dueAt = :dropAt",
        {
          expression: "dueKey = :pending",
          values: {
            ":pending": pendingKey,
            ...(next === undefined ? {} : { ":content": next.dueKey, ":dropAt": next.dueAt }),
          },
        },
      );
    },
    async dropOldContent(limit) {
      const old = await queryDue(table, contentKey, now(), limit);
      for (const { key } of old) {
        // Older events have their content among the rest, where it must not outlive its day either.
        await updateItem(table, key, "REMOVE #item, #data.#item, dueKey, dueAt", {
          expression: "dueKey = :content",
          names: { "#item": "item", "#data": "data" },
          values: { ":content": contentKey },
        });
      }
      return old.length;
    },
  };
}

/** An event as it may still be shown: after a day without Upwork's content, of which only its identifier stays. */
export function withoutOldContent<Event extends GatewayEvent>(event: Event, now: number): Event {
  if (now < event.at + contentLifeMs || !("item" in event.data)) return event;
  const { item: _item, ...rest } = event.data;
  return { ...event, data: rest };
}

/** Where an event that nobody wants is still said, in one line. */
export type EventLog = { info(message: string, details: Record<string, unknown>): void };

/**
 * How rooms raise events: stored once for delivery where an endpoint wants the type, and logged in any case. The log
 * has id and type only, for the data may be Upwork's.
 */
export function createRaiseEvent(dependencies: {
  outbox: Pick<Outbox, "put">;
  endpoints: Pick<EndpointStore, "list">;
  log: EventLog;
}): RaiseEvent {
  const { outbox, endpoints, log } = dependencies;
  return async (event) => {
    const isWanted = (await endpoints.list()).some((endpoint) => wants(endpoint, event));
    const isNew = isWanted && (await outbox.put(event));
    log.info("event", { eventId: event.id, eventType: event.type, isNew });
  };
}
