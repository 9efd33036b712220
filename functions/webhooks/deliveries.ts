import * as z from "zod/mini";
import { type EventType, eventTypes } from "../platform/events.ts";
import {
  changeItem,
  getItem,
  type Key,
  putItem,
  queryDue,
  queryPage,
  type StateTable,
  updateItem,
} from "../platform/state-table.ts";
import { eventLifeMs, type OutgoingEvent } from "./outbox.ts";
import { type Attempt, attemptErrors, type Decision } from "./retry.ts";

/** One event on its way to one endpoint. Its content stays with the event. */
export type Delivery = {
  endpointId: string;
  /** Unique for the endpoint, and in the order of the events. */
  id: string;
  eventId: string;
  eventType: EventType;
  eventAt: number;
  /** The watch that found what the event tells of. */
  watchId?: string | undefined;
  status: "pending" | "delivered" | "dead";
  /** Tries since it was made or last replayed. */
  tries: number;
  /** Every try there was, the oldest first. */
  attempts: readonly Attempt[];
  /** When the next try is due; while one is under way, when others may take it for abandoned. */
  dueAt?: number | undefined;
  /** When the try that is under way began. */
  claimedAt?: number | undefined;
};

export type DeliveryFilter = {
  status?: Delivery["status"] | undefined;
  watchId?: string | undefined;
  /** Events from this moment on, in ms since 1970. */
  from?: number | undefined;
  /** Events until this moment. */
  until?: number | undefined;
};

/** Whose the first try is, for how long, and whether it begins at once or once there is room for it. */
type OwnFirstTry = { forMs: number; begins: "at once" | "with room" };

export type DeliveryStore = {
  /**
   * Makes the delivery of an event to an endpoint; `undefined` when there is one already. With `own`, the first try is
   * the caller's, and nobody else's before that time is over. One that begins with room is to be claimed then.
   */
  open(endpointId: string, event: OutgoingEvent, now: number, own?: OwnFirstTry): Promise<Delivery | undefined>;
  /**
   * Takes a due delivery for one try, so that nobody else does for `leaseMs`; `undefined` when it is not to be had.
   * Whoever opened it as its own gives what `open` returned, and has it before it is due for others.
   */
  claim(endpointId: string, id: string, now: number, leaseMs: number, opened?: Delivery): Promise<Delivery | undefined>;
  /** Notes what became of a try; false when it took so long that somebody else has taken the delivery. */
  finish(delivery: Delivery, attempt: Attempt, decision: Decision): Promise<boolean>;
  /** Deliveries of an endpoint that are due until a moment, the oldest first. */
  due(endpointId: string, until: number, limit: number): Promise<{ id: string; dueAt: number }[]>;
  find(endpointId: string, id: string): Promise<Delivery | undefined>;
  /** The newest first; at most `limit` are looked at. */
  page(
    endpointId: string,
    filter: DeliveryFilter,
    limit: number,
    cursor?: string,
  ): Promise<{ deliveries: Delivery[]; cursor?: string | undefined }>;
  /** Lets a delivery be tried again from the start; false when there is none, or a try is under way. */
  replay(endpointId: string, id: string, now: number): Promise<boolean>;
};

const attemptSchema = z.object({
  at: z.number(),
  ms: z.number(),
  status: z.optional(z.number()),
  error: z.optional(z.enum(attemptErrors)),
});
const itemSchema = z.object({
  pk: z.string(),
  sk: z.string(),
  eventId: z.string(),
  eventType: z.enum(eventTypes),
  eventAt: z.number(),
  watchId: z.optional(z.string()),
  status: z.enum(["pending", "delivered", "dead"]),
  tries: z.number(),
  attempts: z.array(attemptSchema),
  dueAt: z.optional(z.number()),
  claimedAt: z.optional(z.number()),
});

const prefix = "DELIVERY#";
const partitionOf = (endpointId: string) => `${prefix}${endpointId}`;
const keyOf = (endpointId: string, id: string): Key => ({ pk: partitionOf(endpointId), sk: id });
/** The last moment that an id can begin with. */
const lastMoment = 999_999_999_999_999;
const sortable = (at: number) => String(at).padStart(15, "0");

/** A delivery's id begins with the moment of its event, so that they sort by it. */
export function deliveryId(event: { id: string; at: number }): string {
  return `${sortable(event.at)}.${event.id}`;
}

/** The moment of the event that a delivery's id tells of. */
export function momentOf(deliveryId: string): number {
  return Number(deliveryId.slice(0, deliveryId.indexOf(".")));
}

function read(item: Record<string, unknown>): Delivery {
  const { pk, sk, ...rest } = itemSchema.parse(item);
  return { endpointId: pk.slice(prefix.length), id: sk, ...rest };
}

/** Keeps deliveries in the State table, those of an endpoint together, in the order of their events. */
export function createDeliveryStore(table: StateTable): DeliveryStore {
  return {
    async open(endpointId, event, now, own) {
      const isBegun = own?.begins === "at once";
      const id = deliveryId(event);
      const item = {
        ...keyOf(endpointId, id),
        eventId: event.id,
        eventType: event.type,
        eventAt: event.at,
        watchId: watchIdOf(event),
        status: "pending",
        tries: isBegun ? 1 : 0,
        attempts: [],
        dueKey: partitionOf(endpointId),
        dueAt: now + (own?.forMs ?? 0),
        ...(isBegun ? { claimedAt: now } : {}),
        expiresAt: Math.ceil((event.at + eventLifeMs) / 1000),
      };
      const isNew = await putItem(table, item, { expression: "attribute_not_exists(pk)" });
      return isNew ? read(item) : undefined;
    },

    async claim(endpointId, id, now, leaseMs, opened) {
      const item = await changeItem(
        table,
        keyOf(endpointId, id),
        "SET abandonedAt = if_not_exists(claimedAt, :none), claimedAt = :now, dueAt = :lease, tries = tries + :one",
        {
          expression: "#status = :pending AND (dueAt <= :now OR dueAt = :own)",
          names: { "#status": "status" },
          values: {
            ":pending": "pending",
            ":now": now,
            ":own": opened?.dueAt ?? now,
            ":lease": now + leaseMs,
            ":one": 1,
            ":none": 0,
          },
        },
      );
      if (item === undefined) return undefined;
      const delivery = read(item);
      const abandonedAt = Number(item.abandonedAt);
      if (abandonedAt === 0) return delivery;
      const lost: Attempt = { at: abandonedAt, ms: 0, error: "outcome-unknown" };
      return { ...delivery, attempts: [...delivery.attempts, lost] };
    },

    finish({ endpointId, id, attempts, dueAt }, attempt, decision) {
      const next =
        decision.kind === "retry"
          ? "SET attempts = :attempts, dueAt = :next REMOVE claimedAt, abandonedAt"
          : "SET attempts = :attempts, #status = :status REMOVE claimedAt, abandonedAt, dueKey, dueAt";
      return updateItem(table, keyOf(endpointId, id), next, {
        // The moment until which we hold it is ours alone: whoever claims it after us sets another.
        expression: "dueAt = :held AND #status = :pending",
        names: { "#status": "status" },
        values: {
          ":held": dueAt,
          ":pending": "pending",
          ":attempts": [...attempts, attempt],
          ...(decision.kind === "retry" ? { ":next": decision.at } : { ":status": decision.kind }),
        },
      });
    },

    async due(endpointId, until, limit) {
      const found = await queryDue(table, partitionOf(endpointId), until, limit);
      return found.map(({ key, dueAt }) => ({ id: key.sk, dueAt }));
    },

    async find(endpointId, id) {
      const item = await getItem(table, keyOf(endpointId, id));
      return item === undefined ? undefined : read(item);
    },

    async page(endpointId, { status, watchId, from = 0, until = lastMoment }, limit, cursor) {
      const first = sortable(Math.max(0, from));
      // "/" follows "." in ASCII, so all ids of that very moment are included.
      const last = `${sortable(Math.min(until, lastMoment))}/`;
      // DynamoDB refuses a range that ends before it begins, and a place outside of it.
      const isNowhere = until < 0 || first > last || (cursor !== undefined && (cursor < first || cursor > last));
      if (isNowhere) return { deliveries: [] };
      const wanted = Object.entries({ status, watchId }).filter(([, value]) => value !== undefined);
      const { items, cursor: next } = await queryPage(table, {
        partition: partitionOf(endpointId),
        from: first,
        to: last,
        limit,
        cursor,
        ...(wanted.length === 0
          ? {}
          : {
              filter: {
                expression: wanted.map(([name]) => `#${name} = :${name}`).join(" AND "),
                names: Object.fromEntries(wanted.map(([name]) => [`#${name}`, name])),
                values: Object.fromEntries(wanted.map(([name, value]) => [`:${name}`, value])),
              },
            }),
      });
      return { deliveries: items.map(read), cursor: next };
    },

    replay(endpointId, id, now) {
      return updateItem(
        table,
        keyOf(endpointId, id),
        "SET #status = :pending, tries = :none, dueKey = :key, dueAt = :now",
        {
          expression: "attribute_exists(pk) AND attribute_not_exists(claimedAt)",
          names: { "#status": "status" },
          values: { ":pending": "pending", ":none": 0, ":key": partitionOf(endpointId), ":now": now },
        },
      );
    },
  };
}

function watchIdOf({ data }: OutgoingEvent): string | undefined {
  const watch = data.watch as { id?: unknown } | undefined;
  return typeof watch?.id === "string" ? watch.id : undefined;
}
