import { randomUUID } from "node:crypto";
import type { EventBridgeEvent } from "aws-lambda";
import type { Schedule } from "../functions/platform/names.ts";

const unitMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * The time between two runs of an EventBridge `rate(...)` expression, in milliseconds.
 *
 * @throws Error for an expression the local timers do not know
 */
export function rateMs(expression: string): number {
  const match = /^rate\(([1-9]\d*) (minute|hour|day)s?\)$/.exec(expression);
  if (match === null) throw new Error(`The local timers run rate(...) schedules, not "${expression}".`);
  return Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
}

/** The event EventBridge sends for a schedule. */
export function scheduledEvent(schedule: Schedule, now: number): EventBridgeEvent<"Scheduled Event", object> {
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "Scheduled Event",
    source: "aws.events",
    account: "000000000000",
    time: new Date(now).toISOString().replace(/\.\d{3}Z$/, "Z"),
    region: "local",
    resources: [`arn:aws:events:local:000000000000:rule/${schedule.name}`],
    detail: {},
  };
}

/** Runs schedules on timers; a run that is still going when the next is due makes that one be skipped. */
export function startSchedules(
  schedules: readonly Schedule[],
  run: (schedule: Schedule, event: EventBridgeEvent<"Scheduled Event", object>) => Promise<void>,
): { stop(): void } {
  const running = new Set<string>();
  const timers = schedules.map((schedule) =>
    setInterval(() => {
      if (running.has(schedule.name)) return;
      running.add(schedule.name);
      void run(schedule, scheduledEvent(schedule, Date.now())).finally(() => running.delete(schedule.name));
    }, rateMs(schedule.expression)),
  );
  return { stop: () => timers.forEach(clearInterval) };
}
