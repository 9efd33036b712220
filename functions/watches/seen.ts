import * as z from "zod/mini";
import {
  changeItem,
  getItems,
  type Key,
  putItem,
  queryDue,
  type StateTable,
  updateItem,
} from "../platform/state-table.ts";
import {
  type OutgoingEvent,
  readStoredEvent,
  storedEventSchema,
  toStoredEvent,
  withoutOldContent,
} from "../webhooks/outbox.ts";
import type { Mark } from "./new-items.ts";

/**
 * What each watch has seen. A mark is written in the same step as the event that tells of it: the event stands in the
 * mark until it has its deliveries. So there is no moment in which one exists without the other.
 */
export type Seen = {
  /** Marks of items, by key. Those past their time are not there. */
  find(watchId: string, keys: readonly string[]): Promise<Map<string, StoredMark>>;
  /** Marks an item that has no mark, with the event to be told; false when somebody was faster. */
  markNew(watchId: string, key: string, version: string, event?: OutgoingEvent): Promise<boolean>;
  /** Moves a mark on; false when somebody was faster, or its last event still waits for its deliveries. */
  markChanged(watchId: string, key: string, before: Mark, version: string, event?: OutgoingEvent): Promise<boolean>;
  /** Lets a mark live on: its item is still there. */
  refresh(watchId: string, key: string): Promise<void>;
  /** Events in marks that nobody has fanned out in time, the oldest first, without content that is past its day. */
  pending(limit: number): Promise<{ watchId: string; key: string; event: OutgoingEvent }[]>;
  /** Takes an event out of its mark once it has its deliveries. */
  settle(watchId: string, key: string, eventId: string): Promise<void>;
};

export type StoredMark = Mark & { expiresAt: number };

const day = 24 * 3_600_000;
/** Thirty days after the source has last shown an item, its identifier is forgotten (Upwork's API terms). */
export const seenLifeMs = 30 * day;
/** Whoever marked an item tells of it at once; after this time somebody else does. */
const fanOutWithinMs = 15_000;

const itemSchema = z.object({
  pk: z.string(),
  sk: z.string(),
  version: z.string(),
  revision: z.number(),
  expiresAt: z.number(),
  event: z.optional(storedEventSchema),
});

const prefix = "SEEN#";
const keyOf = (watchId: string, key: string): Key => ({ pk: `${prefix}${watchId}`, sk: key });
const dueKey = "SEEN-EVENT";

/** Keeps marks in the State table, each for thirty days after it was last written. */
export function createSeen(table: StateTable, now: () => number): Seen {
  const expiresAt = () => Math.ceil((now() + seenLifeMs) / 1000);
  const waiting = (event: OutgoingEvent | undefined) =>
    event === undefined ? {} : { event: toStoredEvent(event), dueKey, dueAt: event.at + fanOutWithinMs };
  return {
    async find(watchId, keys) {
      const items = (
        await getItems(
          table,
          keys.map((key) => keyOf(watchId, key)),
        )
      ).map((item) => itemSchema.parse(item));
      return new Map(
        items
          .filter((item) => item.expiresAt * 1000 > now())
          .map(({ sk, version, revision, expiresAt: until }) => [sk, { version, revision, expiresAt: until * 1000 }]),
      );
    },
    markNew(watchId, key, version, event) {
      return putItem(
        table,
        { ...keyOf(watchId, key), version, revision: 0, expiresAt: expiresAt(), ...waiting(event) },
        { expression: "attribute_not_exists(pk) OR expiresAt <= :now", values: { ":now": Math.floor(now() / 1000) } },
      );
    },
    markChanged(watchId, key, before, version, event) {
      return putItem(
        table,
        { ...keyOf(watchId, key), version, revision: before.revision + 1, expiresAt: expiresAt(), ...waiting(event) },
        {
          expression: "revision = :revision AND version = :version AND attribute_not_exists(event)",
          values: { ":revision": before.revision, ":version": before.version },
        },
      );
    },
    async refresh(watchId, key) {
      await changeItem(table, keyOf(watchId, key), "SET expiresAt = :later", {
        expression: "attribute_exists(pk)",
        values: { ":later": expiresAt() },
      });
    },
    async pending(limit) {
      const due = await queryDue(table, dueKey, now(), limit);
      const items = (
        await getItems(
          table,
          due.map(({ key }) => key),
        )
      ).map((item) => itemSchema.parse(item));
      return items
        .flatMap(({ pk, sk, event: stored }) => {
          if (stored === undefined) return [];
          const event = withoutOldContent(readStoredEvent(stored), now());
          return [{ watchId: pk.slice(prefix.length), key: sk, event }];
        })
        .toSorted((a, b) => a.event.at - b.event.at);
    },
    async settle(watchId, key, eventId) {
      await updateItem(table, keyOf(watchId, key), "REMOVE event, dueKey, dueAt", {
        expression: "event.id = :id",
        values: { ":id": eventId },
      });
    },
  };
}
