import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createLimits, type LimitSettings, limitPresets } from "../../../../sandbox/limits/limits.ts";

const startedAt = Date.UTC(2026, 0, 15, 12);
const caller = { ip: "127.0.0.1", key: "demo" };

function limited(settings: Partial<LimitSettings>) {
  return createLimits({ ...limitPresets.off, ...settings });
}

/** Sends calls at these times and returns how many were let in. */
function admitted(limits: ReturnType<typeof createLimits>, times: number[], from = caller): number {
  return times.filter((now) => limits.admit(from, now).kind === "admitted").length;
}
const atOnce = (count: number, now = startedAt) => Array.from({ length: count }, () => now);

describe("with today's limits", () => {
  test("an address has 10 calls in any second", () => {
    const limits = createLimits(limitPresets.today);
    expect(admitted(limits, atOnce(12))).toBe(10);
    expect(limits.admit(caller, startedAt + 999)).toEqual({
      kind: "refused",
      limit: "second",
      scope: "ip",
      retryAfterSeconds: 1,
    });
    expect(limits.admit(caller, startedAt + 1000).kind).toBe("admitted");
  });

  test("an address has 300 calls in any minute, and another address has its own", () => {
    const limits = createLimits(limitPresets.today);
    const evenly = Array.from({ length: 400 }, (_, call) => startedAt + call * 130);
    expect(admitted(limits, evenly)).toBe(300);
    const end = evenly.at(-1) ?? 0;
    expect(limits.admit(caller, end)).toMatchObject({ kind: "refused", limit: "minute" });
    expect(limits.admit({ ip: "127.0.0.2", key: "demo" }, end).kind).toBe("admitted");
  });

  test("a key has 40,000 calls a day, from wherever they come, until the UTC day ends", () => {
    const limits = createLimits(limitPresets.today);
    const slowly = Array.from({ length: 40_100 }, (_, call) => startedAt + call * 1000);
    expect(admitted(limits, slowly)).toBe(40_000);
    const refusal = limits.admit({ ip: "127.0.0.2", key: "demo" }, startedAt + 40_100_000);
    const untilMidnight = 12 * 3_600 - 40_100;
    expect(refusal).toMatchObject({ limit: "day", scope: "key", retryAfterSeconds: untilMidnight });
    expect(limits.admit({ ip: "127.0.0.2", key: "other" }, startedAt + 40_100_000).kind).toBe("admitted");
    expect(limits.admit(caller, Date.UTC(2026, 0, 16)).kind).toBe("admitted");
  });
});

test("a rolling day is a day from the call it makes room for", () => {
  const limits = limited({ quotas: { day: 2 }, day: "rolling" });
  expect(admitted(limits, [startedAt, startedAt + 1_000_000, startedAt + 13 * 3_600_000])).toBe(2);
  expect(limits.admit(caller, startedAt + 86_400_000).kind).toBe("admitted");
});

test("the legacy limit lets in nobody who goes on, until a minute after the last call that was refused", () => {
  const limits = createLimits(limitPresets.legacy);
  expect(admitted(limits, atOnce(41))).toBe(40);
  const goingOn = Array.from({ length: 100 }, (_, call) => startedAt + call * 50_000);
  expect(admitted(limits, goingOn)).toBe(0);
  const last = goingOn.at(-1) ?? 0;
  expect(limits.admit(caller, last + 59_999)).toMatchObject({ limit: "minute", retryAfterSeconds: 1 });
  expect(limits.admit(caller, last + 59_999 + 60_000).kind).toBe("admitted");
});

test("the hour is counted for each key", () => {
  const limits = limited({ quotas: { hour: 3 } });
  expect(admitted(limits, atOnce(5))).toBe(3);
  expect(admitted(limits, atOnce(5), { ip: "127.0.0.1", key: "other" })).toBe(3);
});

test("a call without a key is counted for its address alone", () => {
  const limits = limited({ quotas: { second: 1, hour: 1 } });
  expect(limits.admit({ ip: "127.0.0.1", key: undefined }, startedAt).kind).toBe("admitted");
  expect(limits.admit(caller, startedAt)).toMatchObject({ limit: "second" });
  expect(limits.counters(startedAt).map(({ scope, name, received }) => [scope, name, received])).toEqual([
    ["ip", "127.0.0.1", 2],
    ["key", "demo", 1],
  ]);
});

test("a key that is refused again and again is disabled, until somebody enables it", () => {
  const limits = limited({ quotas: { second: 1 }, disableAfter: 3 });
  expect(admitted(limits, atOnce(4))).toBe(1);
  expect(limits.admit(caller, startedAt + 5_000)).toEqual({ kind: "disabled" });
  expect(limits.disabledKeys()).toEqual(["demo"]);
  limits.setDisabled("demo", false);
  expect(limits.admit(caller, startedAt + 6_000)).toEqual({ kind: "admitted" });
});

test("without limits everything is let in and counted", () => {
  const limits = limited({});
  expect(admitted(limits, [...atOnce(500), startedAt + 2_000])).toBe(501);
  const [address] = limits.counters(startedAt + 2_000);
  expect(address).toEqual({
    scope: "ip",
    name: "127.0.0.1",
    received: 501,
    refused: 0,
    windows: [
      { window: "second", seconds: 1, quota: undefined, now: 1, most: 500 },
      { window: "minute", seconds: 60, quota: undefined, now: 501, most: 501 },
      { window: "hour", seconds: 3_600, quota: undefined, now: 501, most: 501 },
      { window: "day", seconds: 86_400, quota: undefined, now: 501, most: 501 },
    ],
  });
});

test("a change takes effect at once, and a reset forgets everything", () => {
  const limits = limited({});
  admitted(limits, atOnce(5));
  limits.change({ quotas: { minute: 5 } });
  expect(limits.admit(caller, startedAt).kind).toBe("refused");
  limits.setDisabled("demo", true);
  limits.reset();
  expect(limits.counters(startedAt)).toEqual([]);
  expect(limits.admit(caller, startedAt).kind).toBe("admitted");
});

test("remembers a hundred callers and no more", () => {
  const limits = limited({});
  for (let port = 0; port < 500; port += 1) limits.admit({ ip: `10.0.0.${port}`, key: undefined }, startedAt);
  expect(limits.counters(startedAt)).toHaveLength(100);
});

test("whatever arrives when, no second holds more admitted calls than its quota, and no call below it is refused", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 250 }), { maxLength: 80 }),
      fc.integer({ min: 1, max: 8 }),
      (pauses, quota) => {
        const limits = limited({ quotas: { second: quota } });
        const letIn: number[] = [];
        let now = startedAt;
        for (const pause of pauses) {
          now += pause;
          const held = letIn.filter((time) => time > now - 1000).length;
          const { kind } = limits.admit(caller, now);
          expect(kind).toBe(held < quota ? "admitted" : "refused");
          if (kind === "admitted") letIn.push(now);
        }
      },
    ),
  );
});
