import { beforeEach, expect, test } from "vitest";
import type { Clock } from "../../../functions/platform/clock.ts";
import { type Schedule, schedules } from "../../../functions/platform/names.ts";
import { scheduledEvent, startSchedules } from "../../../local/schedules.ts";

const minuteMs = 60_000;
const start = Date.UTC(2026, 0, 2, 3, 4, 5);
const everyMinute: Schedule = { name: "a", expression: "rate(1 minute)", functionName: "report" };

let now: number;
let timers: { due: number; run: () => void }[];
const clock: Clock = {
  now: () => now,
  after(ms, run) {
    const timer = { due: now + ms, run };
    timers.push(timer);
    return () => {
      timers = timers.filter((other) => other !== timer);
    };
  },
};
beforeEach(() => {
  now = start;
  timers = [];
});

/** Lets time pass, timer by timer, and what they began go as far as it can. */
async function pass(ms: number): Promise<void> {
  const end = now + ms;
  for (;;) {
    const next = timers.filter(({ due }) => due <= end).toSorted((a, b) => a.due - b.due)[0];
    if (next === undefined) break;
    timers = timers.filter((timer) => timer !== next);
    now = Math.max(now, next.due);
    next.run();
    await new Promise(setImmediate);
  }
  now = end;
}

test("makes EventBridge's own event", () => {
  expect(scheduledEvent(schedules[0], start)).toEqual({
    version: "0",
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    "detail-type": "Scheduled Event",
    source: "aws.events",
    account: "000000000000",
    time: "2026-01-02T03:04:05Z",
    region: "local",
    resources: [`arn:aws:events:local:000000000000:rule/${schedules[0].name}`],
    detail: {},
  });
});

test("runs on time, each schedule in its own rhythm", async () => {
  const runs: string[] = [];
  const daily: Schedule = { name: "b", expression: "cron(5 3 * * ? *)", functionName: "report" };
  const running = startSchedules(
    [everyMinute, daily],
    async ({ name }, { time }) => {
      runs.push(`${name} ${time.slice(11)}`);
    },
    clock,
  );
  await pass(2 * minuteMs);
  expect(runs).toEqual(["b 03:05:00Z", "a 03:05:05Z", "a 03:06:05Z"]);
  await running.stop();
  await pass(24 * 60 * minuteMs);
  expect(runs).toHaveLength(3);
});

test("never runs one schedule twice at once, and waits for it when it stops", async () => {
  const finish: (() => void)[] = [];
  const running = startSchedules([everyMinute], () => new Promise<void>((resolve) => finish.push(resolve)), clock);
  await pass(3 * minuteMs);
  expect(finish).toHaveLength(1);
  finish[0]?.();
  await new Promise(setImmediate);
  await pass(minuteMs);
  expect(finish).toHaveLength(2);
  let hasStopped = false;
  const stopped = running.stop().then(() => {
    hasStopped = true;
  });
  await new Promise(setImmediate);
  expect(hasStopped).toBe(false);
  finish[1]?.();
  await stopped;
});

test("goes on after a run that failed", async () => {
  let runs = 0;
  const fail = () => Promise.reject(new Error(`run ${++runs}`));
  const running = startSchedules([everyMinute], fail, clock);
  await pass(3 * minuteMs);
  expect(runs).toBe(3);
  await running.stop();
});

test("makes up for one run only when the computer slept, and keeps its rhythm", async () => {
  const runs: string[] = [];
  const running = startSchedules(
    [everyMinute],
    async (_schedule, { time }) => {
      runs.push(time.slice(11));
    },
    clock,
  );
  now += 10.5 * minuteMs;
  await pass(minuteMs);
  expect(runs).toEqual(["03:05:05Z", "03:15:05Z"]);
  await running.stop();
});

test("refuses a schedule it cannot read before it sets any timer", () => {
  const broken: Schedule = { name: "b", expression: "rate(1 week)", functionName: "report" };
  expect(() => startSchedules([everyMinute, broken], async () => undefined, clock)).toThrow("rate(1 week)");
  expect(timers).toEqual([]);
});
