import * as z from "zod/mini";
import { described } from "../platform/described.ts";
import type { Cost } from "./cost.ts";
import type { Item } from "./new-items.ts";
import { definitionSchema, type Watch } from "./watch.ts";
import { type RunSummary, runOutcomes, type WatchState } from "./watch-state.ts";

/** The watch that a path names. */
export const watchParams = z.strictObject({ id: z.string().check(z.regex(/^wat_[0-9a-f]{20}$/, "a watch's id")) });

const time = z.iso.datetime();

/** How a run went, as the admin API shows it. */
export const runSchema = z
  .strictObject({
    at: time,
    outcome: described(
      z.enum(runOutcomes),
      "primed: the first run, which learns what is there. skipped: there was no budget. failed: detail says why.",
    ),
    detail: z.string(),
    items: described(z.int(), "Items that the source showed."),
    sent: described(z.int(), "Items that were told of."),
    pages: z.int(),
  })
  .register(z.globalRegistry, { id: "WatchRun" });

/** A watch, as the admin API shows it. */
export const watchSchema = z
  .strictObject({
    id: z.string(),
    ...definitionSchema.shape,
    status: z.enum(["active", "paused"]),
    pausedBecause: z.optional(z.string()),
    nextRunAt: z.optional(time),
    failures: described(z.int(), "Failed runs in a row."),
    failingSince: z.optional(time),
    lastRun: z.optional(runSchema),
    createdAt: time,
  })
  .register(z.globalRegistry, { id: "Watch" });

/** What a watch costs, as the admin API shows it. */
export const costSchema = z
  .strictObject({
    callsPerDay: z.number(),
    callsPerDayAtMost: described(z.number(), "If every run had to read every page it may."),
    percentOfDay: described(z.number(), "Share of a day's quota."),
  })
  .register(z.globalRegistry, { id: "WatchCost" });

/** What a watch would send, as the admin API shows it. */
export const previewSchema = z
  .strictObject({
    items: described(
      z.array(z.strictObject({ id: z.string(), sent: z.unknown(), wanted: z.boolean() })),
      "The items of the first page as they would be sent; those that the filter drops are not wanted.",
    ),
    withoutId: described(z.int(), "Items that itemId finds nothing in."),
  })
  .register(z.globalRegistry, { id: "WatchPreview" });

const iso = (at: number) => new Date(at).toISOString();

/** A watch as the admin API shows it. */
export function viewWatch({ createdAt, version: _, ...watch }: Watch, state: WatchState) {
  const { status, pausedBecause, dueAt, failures, failingSince, lastRun } = state;
  return {
    ...watch,
    status,
    ...(pausedBecause === undefined ? {} : { pausedBecause }),
    ...(dueAt === undefined ? {} : { nextRunAt: iso(dueAt) }),
    failures,
    ...(failingSince === undefined ? {} : { failingSince: iso(failingSince) }),
    ...(lastRun === undefined ? {} : { lastRun: viewRun(lastRun) }),
    createdAt: iso(createdAt),
  };
}

/** A run as the admin API shows it. */
export function viewRun({ at, ...run }: RunSummary) {
  return { at: iso(at), ...run };
}

/** What a watch would send and what it costs, as the admin API shows it. */
export function viewPreview(items: readonly Item[], withoutId: number, cost: Cost) {
  const shown = items.map(({ id, content, isWanted }) => ({ id, sent: content, wanted: isWanted }));
  return { preview: { items: shown, withoutId }, cost };
}
