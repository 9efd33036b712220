import { createHash } from "node:crypto";
import { Cron } from "croner";
import * as z from "zod/mini";

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** More often than this helps nobody: Upwork's own lists are not fresher, and the budget is everybody's. */
export const minEveryMinutes = 5;

/** When a watch runs: every so many minutes, or by a cron expression in a time zone. */
export const scheduleSchema = z.union([
  z.strictObject({ everyMinutes: z.int().check(z.gte(minEveryMinutes), z.lte(7 * 24 * 60)) }),
  z.strictObject({ cron: z.string().check(z.maxLength(100)), timeZone: z._default(z.string(), "UTC") }).check(
    z.refine((schedule) => whyNotCron(schedule) === undefined, {
      error: ({ input }) => whyNotCron(input as { cron: string; timeZone: string }) ?? "",
      path: ["cron"],
    }),
  ),
]);
export type Schedule = z.infer<typeof scheduleSchema>;

/**
 * The first run after a moment. Runs are spread over time by a hash of the call: what makes the same call runs together,
 * so that one call serves all, and the rest does not all come in one second.
 *
 * @returns `undefined` where a cron expression has no further time
 */
export function nextRun(schedule: Schedule, spreadBy: string, after: number): number | undefined {
  const hash = createHash("sha256").update(spreadBy).digest().readUInt32BE();
  if ("everyMinutes" in schedule) {
    const period = schedule.everyMinutes * minuteMs;
    const offset = hash % period;
    return Math.floor((after - offset) / period) * period + offset + period;
  }
  // A minute is the finest that cron speaks of; within it, runs are spread.
  const offset = hash % minuteMs;
  const next = cronOf(schedule).nextRun(new Date(after - offset));
  return next === null ? undefined : next.getTime() + offset;
}

/** How often a schedule runs in a day, on average over the week that follows. */
export function runsPerDay(schedule: Schedule, now: number): number {
  if ("everyMinutes" in schedule) return (24 * 60) / schedule.everyMinutes;
  const cron = cronOf(schedule);
  let runs = 0;
  for (let at = cron.nextRun(new Date(now)); at !== null && at.getTime() <= now + 7 * dayMs; at = cron.nextRun(at))
    runs += 1;
  return runs / 7;
}

const cronOf = ({ cron, timeZone }: { cron: string; timeZone: string }) =>
  new Cron(cron, { timezone: timeZone, paused: true, mode: "5-part" });

/** Why a cron expression cannot be used; `undefined` where it can. */
function whyNotCron(schedule: { cron: string; timeZone: string }): string | undefined {
  try {
    const times = cronOf(schedule).nextRuns(60, new Date());
    if (times.length === 0) return "the expression has no time in the future";
    const gaps = times.slice(1).map((time, index) => time.getTime() - (times[index]?.getTime() ?? 0));
    return Math.min(...gaps, Infinity) < minEveryMinutes * minuteMs
      ? `a watch runs every ${minEveryMinutes} minutes at most`
      : undefined;
  } catch (error) {
    return `not a cron expression in a time zone such as Europe/Oslo: ${(error as Error).message.slice(0, 200)}`;
  }
}
