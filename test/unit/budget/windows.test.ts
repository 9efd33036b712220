import fc from "fast-check";
import { expect, describe as group, test } from "vitest";
import {
  describe,
  emptyWindow,
  firstSlotWithRoom,
  roll,
  slotAt,
  used,
  type Window,
  type WindowState,
  windowsOf,
} from "../../../functions/budget/windows.ts";
import { defaultLimits } from "../../../functions/platform/limit-schema.ts";

/** Admits one call where there is room, as the ledger's write does. */
function admit(window: Window, state: WindowState, now: number): WindowState | undefined {
  const rolled = roll(window, state, Math.max(slotAt(window, now), state.head));
  if (used(rolled) >= window.limit.quota) return undefined;
  return { head: rolled.head, counts: [(rolled.counts[0] ?? 0) + 1, ...rolled.counts.slice(1)] };
}

/** The obviously correct question: how many of these moments lie in some interval of this length? */
function mostInAnyInterval(moments: readonly number[], lengthMs: number): number {
  let most = 0;
  let first = 0;
  for (const [last, moment] of moments.entries()) {
    while (moment - (moments[first] ?? 0) >= lengthMs) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

const [second, minute, day] = windowsOf(defaultLimits);
if (second === undefined || minute === undefined || day === undefined) throw new Error("three default limits");

group("a window", () => {
  test("never admits more than the quota in any interval of its length", () => {
    fc.assert(
      fc.property(
        fc.record({ quota: fc.integer({ min: 1, max: 40 }), seconds: fc.integer({ min: 1, max: 100 }) }),
        fc.array(fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 20_000 })), { maxLength: 400 }),
        ({ quota, seconds }, gaps) => {
          const window = windowsOf([{ name: "any", quota, seconds }])[0];
          if (window === undefined) return false;
          let state: WindowState = emptyWindow;
          let now = 1_700_000_000_000;
          const admitted: number[] = [];
          for (const gap of gaps) {
            now += gap;
            const next = admit(window, state, now);
            if (next !== undefined) {
              state = next;
              admitted.push(now);
            }
          }
          return mostInAnyInterval(admitted, seconds * 1000) <= quota;
        },
      ),
      { numRuns: 300 },
    );
  });

  test("has room again at the slot it names, and not one slot earlier", () => {
    let state: WindowState = emptyWindow;
    for (let call = 0; call < second.limit.quota; call += 1) state = admit(second, state, start + call) ?? state;
    const slot = firstSlotWithRoom(second, state);
    expect(admit(second, state, slot * second.slotMs)).toBeDefined();
    expect(admit(second, state, slot * second.slotMs - 1)).toBeUndefined();
  });

  test("uses the stored time when a caller's clock is behind", () => {
    const state = admit(second, emptyWindow, 1_700_000_000_000);
    expect(state).toBeDefined();
    const later = state && admit(second, state, 1_699_999_000_000);
    expect(later?.head).toBe(state?.head);
    expect(later && used(later)).toBe(2);
  });

  test("tells how it stands and when its oldest calls fall out", () => {
    const now = 1_700_000_000_050;
    const state = admit(second, emptyWindow, now);
    const standing = describe(second, state ?? emptyWindow, now);
    expect(standing).toMatchObject({ name: "second", quota: 10, windowSeconds: 1, used: 1, left: 9 });
    expect(standing.resetsInMs).toBeGreaterThan(1000);
    expect(standing.resetsInMs).toBeLessThanOrEqual(1100);
  });
});

/** One caller that always asks, against these windows at once, in virtual time. */
function greedyCaller(windows: readonly Window[], days: number): { admitted: number[]; end: number } {
  let states: WindowState[] = windows.map(() => emptyWindow);
  let now = start;
  const end = start + days * 86_400_000;
  const admitted: number[] = [];
  while (now < end) {
    const next = windows.map((window, index) => admit(window, states[index] ?? emptyWindow, now));
    if (next.every((state) => state !== undefined)) {
      states = next as WindowState[];
      admitted.push(now);
      continue;
    }
    const waits = windows.map((window, index) => {
      const rolled = roll(window, states[index] ?? emptyWindow, slotAt(window, now));
      return used(rolled) < window.limit.quota ? now : firstSlotWithRoom(window, rolled) * window.slotMs;
    });
    now = Math.max(now + 1, ...waits);
  }
  return { admitted, end };
}

/** The least of all intervals that begin just after a call, which are the unluckiest, once the windows are warm. */
function fewestInAnyInterval(admitted: readonly number[], lengthMs: number, end: number): number {
  const warm = admitted.filter((moment) => moment > start + 1.1 * lengthMs);
  let fewest = Number.POSITIVE_INFINITY;
  let last = 0;
  for (const [first, moment] of warm.entries()) {
    const until = moment + 1 + lengthMs;
    if (until > end) break;
    while (last < warm.length && (warm[last] ?? 0) < until) last += 1;
    fewest = Math.min(fewest, last - first - 1);
  }
  return fewest;
}

const start = 1_700_000_000_000;

group("a caller that always asks", () => {
  test("gets 98 % of the day's quota in any 24 hours, and never more than any quota", () => {
    const { admitted, end } = greedyCaller([second, minute, day], 3.5);
    expect(fewestInAnyInterval(admitted, 86_400_000, end)).toBeGreaterThanOrEqual(0.98 * 40_000);
    expect(mostInAnyInterval(admitted, 86_400_000)).toBeLessThanOrEqual(40_000);
    expect(mostInAnyInterval(admitted, 60_000)).toBeLessThanOrEqual(300);
    expect(mostInAnyInterval(admitted, 1_000)).toBeLessThanOrEqual(10);
  });

  test("gets 90 % of the minute's and of the hour's quota in any minute and hour", () => {
    const [shortest, middle, hour] = windowsOf([
      { name: "second", quota: 10, seconds: 1 },
      { name: "minute", quota: 300, seconds: 60 },
      { name: "hour", quota: 3_000, seconds: 3_600 },
    ]);
    if (shortest === undefined || middle === undefined || hour === undefined) throw new Error("three limits");
    const minutes = greedyCaller([shortest, middle], 0.02);
    expect(fewestInAnyInterval(minutes.admitted, 60_000, minutes.end)).toBeGreaterThanOrEqual(0.9 * 300);
    const hours = greedyCaller([shortest, middle, hour], 0.3);
    expect(fewestInAnyInterval(hours.admitted, 3_600_000, hours.end)).toBeGreaterThanOrEqual(0.9 * 3_000);
  });
});
