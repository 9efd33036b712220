import * as z from "zod/mini";

/** How the last run of a watch went. */
export const runOutcomes = ["primed", "ran", "skipped", "failed"] as const;
export type RunSummary = {
  at: number;
  outcome: (typeof runOutcomes)[number];
  /** What to know about it, for people. */
  detail: string;
  /** Items that the source showed. */
  items: number;
  /** Items that were told of. */
  sent: number;
  pages: number;
};

/** Where a watch stands between two runs. */
export type WatchState = {
  status: "active" | "paused";
  pausedBecause?: string | undefined;
  /** When the next run is due; while one is under way, when others may take it for dead. */
  dueAt?: number | undefined;
  /** Who runs it now. */
  leaseId?: string | undefined;
  leaseUntil?: number | undefined;
  /** Absent until the first run has learnt what is there. */
  primedAt?: number | undefined;
  /** When every item that the source showed was last looked up, and their marks were renewed. */
  checkedAt: number;
  /** Keys and versions of what the last run saw: these have marks, so they need no look-up. */
  recent: ReadonlyMap<string, string>;
  failures: number;
  failingSince?: number | undefined;
  lastRun?: RunSummary | undefined;
};

const runSchema = z.object({
  at: z.number(),
  outcome: z.enum(runOutcomes),
  detail: z.string(),
  items: z.number(),
  sent: z.number(),
  pages: z.number(),
});
const stateSchema = z.object({
  status: z.enum(["active", "paused"]),
  pausedBecause: z.optional(z.string()),
  dueAt: z.optional(z.number()),
  leaseId: z.optional(z.string()),
  leaseUntil: z.optional(z.number()),
  primedAt: z.optional(z.number()),
  checkedAt: z.number(),
  recent: z.array(z.string()),
  failures: z.number(),
  failingSince: z.optional(z.number()),
  lastRun: z.optional(runSchema),
});
/** A state as it is stored. */
export function readState(item: Record<string, unknown>): WatchState {
  const { recent, ...rest } = stateSchema.parse(item);
  return { ...rest, recent: new Map(recent.map(splitRecent)) };
}

/** A key has no colon, so what follows the first one is the version. */
function splitRecent(text: string): [string, string] {
  const colon = text.indexOf(":");
  return [text.slice(0, colon), text.slice(colon + 1)];
}
