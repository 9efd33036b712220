import { randomUUID } from "node:crypto";
import type { EventBridgeEvent } from "aws-lambda";
import { type Clock, systemClock } from "../functions/platform/clock.ts";
import type { Schedule } from "../functions/platform/names.ts";
import { type NextTime, parseSchedule } from "./schedule-expression.ts";

type ScheduledEvent = EventBridgeEvent<"Scheduled Event", object>;

/** The event EventBridge sends for a schedule. */
export function scheduledEvent(schedule: Schedule, at: number): ScheduledEvent {
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "Scheduled Event",
    source: "aws.events",
    account: "000000000000",
    time: new Date(at).toISOString().replace(/\.\d{3}Z$/, "Z"),
    region: "local",
    resources: [`arn:aws:events:local:000000000000:rule/${schedule.name}`],
    detail: {},
  };
}

/** The longest time a timer is set for: a computer that slept notices within it, and Node's own limit is far off. */
const maxWaitMs = 60_000;

/**
 * Runs schedules on timers. A run that is still going when the next is due makes that one be skipped, and of those
 * missed while the computer slept only one is made up for.
 *
 * @throws ScheduleExpressionError before any timer is set
 */
export function startSchedules(
  schedules: readonly Schedule[],
  run: (schedule: Schedule, event: ScheduledEvent) => Promise<unknown>,
  clock: Clock = systemClock,
): { stop(): Promise<void> } {
  const running = new Map<string, Promise<unknown>>();
  const waiting = new Map<string, () => void>();

  function begin(schedule: Schedule, at: number): void {
    if (running.has(schedule.name)) return;
    // Whoever runs it tells of its failures; the schedule goes on whatever happens.
    const going = run(schedule, scheduledEvent(schedule, at))
      .catch(() => undefined)
      .finally(() => running.delete(schedule.name));
    running.set(schedule.name, going);
  }

  function wait(schedule: Schedule, nextTime: NextTime, due: number | undefined): void {
    if (due === undefined) return;
    const again = () => {
      const now = clock.now();
      if (now < due) return wait(schedule, nextTime, due);
      begin(schedule, due);
      wait(schedule, nextTime, firstAfter(nextTime, due, now));
    };
    waiting.set(schedule.name, clock.after(Math.min(maxWaitMs, Math.max(0, due - clock.now())), again));
  }

  const parsed = schedules.map((schedule) => ({ schedule, nextTime: parseSchedule(schedule.expression) }));
  for (const { schedule, nextTime } of parsed) wait(schedule, nextTime, nextTime(clock.now()));

  return {
    /** No further run begins; resolves when those that are going have ended. */
    async stop() {
      for (const cancel of waiting.values()) cancel();
      await Promise.all(running.values());
    },
  };
}

/** The first time in a schedule's own rhythm that is still to come. */
function firstAfter(nextTime: NextTime, due: number, now: number): number | undefined {
  let next = nextTime(due);
  while (next !== undefined && next <= now) next = nextTime(next);
  return next;
}
