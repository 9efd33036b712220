import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { schedules } from "../../../functions/platform/names.ts";
import { FolderLockedError, lockFolder } from "../../../local/lock.ts";
import { rateMs, scheduledEvent, startSchedules } from "../../../local/schedules.ts";

afterEach(() => vi.useRealTimers());

test("reads EventBridge's rates, every deployed one among them", () => {
  expect(rateMs("rate(1 hour)")).toBe(3_600_000);
  expect(rateMs("rate(5 minutes)")).toBe(300_000);
  expect(rateMs("rate(2 days)")).toBe(172_800_000);
  expect(() => rateMs("cron(0 * * * ? *)")).toThrow("rate(...)");
  for (const { expression } of schedules) expect(rateMs(expression)).toBeGreaterThan(0);
});

test("runs on time, never twice at once, and not after it is stopped", async () => {
  vi.useFakeTimers();
  const runs: string[] = [];
  const finish: (() => void)[] = [];
  const timers = startSchedules(
    [{ name: "a", expression: "rate(1 minute)", functionName: "report" }],
    (_schedule, event) => {
      runs.push(event.time);
      return new Promise((resolve) => finish.push(resolve));
    },
  );
  await vi.advanceTimersByTimeAsync(120_000);
  expect(runs).toHaveLength(1);
  finish[0]?.();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(runs).toHaveLength(2);
  timers.stop();
  finish[1]?.();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(runs).toHaveLength(2);
});

test("makes EventBridge's own event", () => {
  expect(scheduledEvent(schedules[0], Date.UTC(2026, 0, 2, 3, 4, 5))).toMatchObject({
    version: "0",
    "detail-type": "Scheduled Event",
    source: "aws.events",
    time: "2026-01-02T03:04:05Z",
    detail: {},
  });
});

test("a data folder belongs to one living process", () => {
  const folder = mkdtempSync(join(tmpdir(), "lock-"));
  try {
    const unlock = lockFolder(folder);
    unlock();
    // Process 1 is always alive and never ours; the largest id there can be is never alive.
    writeFileSync(join(folder, "lock"), "1");
    expect(() => lockFolder(folder)).toThrow(FolderLockedError);
    writeFileSync(join(folder, "lock"), "4194305");
    lockFolder(folder)();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
