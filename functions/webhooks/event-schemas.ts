import * as z from "zod/mini";
import { described } from "../platform/described.ts";
import type { EventType } from "../platform/events.ts";

const watch = z.strictObject({ id: z.string(), name: z.string() });
const item = z.strictObject({
  watch,
  itemId: described(z.string(), "What identifies the item at Upwork."),
  item: described(
    z.optional(z.unknown()),
    "The item, or what the watch's projection makes of it. Absent once a day has passed: Upwork's terms allow no longer.",
  ),
});

const application = described(z.string(), "The application at Upwork whose budget it is.");
const connection = described(z.string(), "Name of the connection.");

/** What each type of event says, as `data` of the body. */
export const eventDataSchemas = {
  "watch.item.new": item,
  "watch.item.changed": item,
  "watch.failing": z.strictObject({
    watch,
    failures: described(z.int(), "Failed runs in a row."),
    failingSince: z.iso.datetime(),
    isPaused: described(z.boolean(), "After a day of failures a watch is paused."),
    because: z.string(),
  }),
  "watch.overflow": z.strictObject({
    watch,
    pages: described(z.int(), "Pages that were read, all of them new."),
    items: z.int(),
    advice: z.string(),
  }),
  "budget.threshold": z.strictObject({
    percent: described(z.int(), "So much of the day's quota is used: 50, 80 or 95, each told once a UTC day."),
    limit: described(z.string(), "Name of the limit."),
    quota: described(z.int(), "Calls that the limit allows."),
    used: z.int(),
    left: z.int(),
    application,
  }),
  "budget.closed": z.strictObject({
    because: described(z.literal("key-disabled"), "Upwork has disabled the application's key: no call goes out."),
    application,
  }),
  "budget.reopened": z.strictObject({
    because: described(z.literal("reopened-by-admin"), "An admin says that the key works again."),
    application,
  }),
  "connection.needs_reauth": z.strictObject({
    connection,
    start: described(z.string(), "Path at this gateway where a person connects the account again."),
  }),
  "connection.healthy": z.strictObject({ connection }),
  "webhook.disabled": z.strictObject({
    webhook: z.strictObject({ id: z.string(), name: z.string() }),
    because: z.string(),
  }),
} as const satisfies Record<EventType, z.ZodMiniType>;

/** The whole body of an event's delivery, in its standard shape. */
export function eventSchemaOf(type: EventType) {
  return z.strictObject({ type: z.literal(type), timestamp: z.iso.datetime(), data: eventDataSchemas[type] });
}
