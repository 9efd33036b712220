import fc from "fast-check";
import { expect, describe as group, test } from "vitest";
import {
  advance,
  emptyRing,
  heldBy,
  nextReturn,
  type Ring,
  roomAt,
  type Time,
} from "../../../functions/budget/rings.ts";
import { type Window, windowsOf } from "../../../functions/budget/windows.ts";
import { defaultLimits } from "../../../functions/platform/limit-schema.ts";

/** One window with its counter, as the ledger keeps it. */
type State = { ring: Ring; counter: number };
const empty: State = { ring: emptyRing, counter: 0 };
const exactly = (now: number): Time => ({ earliest: now, latest: now });

/** Admits one call where there is room, as the ledger's write does. */
function admit(window: Window, { ring, counter }: State, time: Time): State | undefined {
  const moved = advance(window, ring, counter, time).ring;
  return heldBy(moved, counter) < window.limit.quota ? { ring: moved, counter: counter + 1 } : undefined;
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
const start = 1_700_000_000_000;

group("a window", () => {
  test("never admits more than the quota in any interval of its length", () => {
    fc.assert(
      fc.property(
        fc.record({ quota: fc.integer({ min: 1, max: 40 }), seconds: fc.integer({ min: 1, max: 100 }) }),
        fc.array(fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 20_000 })), { maxLength: 400 }),
        ({ quota, seconds }, gaps) => {
          const window = windowsOf([{ name: "any", quota, seconds }])[0];
          if (window === undefined) return false;
          let state = empty;
          let now = start;
          const admitted: number[] = [];
          for (const gap of gaps) {
            now += gap;
            const next = admit(window, state, exactly(now));
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

  test("has room again at the moment it names, and not earlier", () => {
    let state = empty;
    for (let call = 0; call < second.limit.quota; call += 1)
      state = admit(second, state, exactly(start + call)) ?? state;
    const at = roomAt(second, state.ring, state.counter, second.limit.quota);
    expect(admit(second, state, exactly(at))).toBeDefined();
    expect(admit(second, state, exactly(at - 1))).toBeUndefined();
  });

  test("brings back what a clock that ran ahead filed under a time to come", () => {
    const ahead = admit(second, empty, exactly(start + 300_000)) ?? empty;
    const back = admit(second, ahead, exactly(start));
    expect(back?.ring.head).toBe(Math.floor(start / second.slotMs));
    expect(back && heldBy(back.ring, back.counter)).toBe(2);
    expect(back && admit(second, back, exactly(start + 1_300))?.ring.older).toEqual([]);
  });

  test("files a unit no earlier, and lets it go no earlier, than an uncertain clock allows", () => {
    const state = admit(second, empty, { earliest: start - 500, latest: start + 500 }) ?? empty;
    const held = (earliest: number) =>
      heldBy(advance(second, state.ring, state.counter, { earliest, latest: start + 2_000 }).ring, state.counter);
    expect(held(start + 1_500)).toBe(1);
    expect(held(start + 1_700)).toBe(0);
  });

  test("keeps quiet slots as one, and loses no unit by it", () => {
    let state = empty;
    for (let call = 0; call < 600; call += 1) state = admit(day, state, exactly(start + call * day.slotMs)) ?? state;
    expect(heldBy(state.ring, state.counter)).toBe(600);
    expect(state.ring.older.length).toBeLessThan(5);
    expect(nextReturn(day, state.ring, state.counter)).toBeGreaterThanOrEqual(start + 86_400_000);
  });
});

/** One caller that always asks, against these windows at once, in virtual time, with a clock that is so far off. */
function greedyCaller(windows: readonly Window[], days: number, early = 0, late = 0) {
  let states: State[] = windows.map(() => empty);
  let now = start;
  const end = start + days * 86_400_000;
  const admitted: number[] = [];
  while (now < end) {
    const time = { earliest: now - early, latest: now + late };
    const next = windows.map((window, index) => admit(window, states[index] ?? empty, time));
    if (next.every((state) => state !== undefined)) {
      states = next as State[];
      admitted.push(now);
      continue;
    }
    const waits = windows.map((window, index) => {
      const { ring, counter } = states[index] ?? empty;
      const moved = advance(window, ring, counter, time).ring;
      return heldBy(moved, counter) < window.limit.quota
        ? now
        : roomAt(window, moved, counter, window.limit.quota) + early;
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

  test("gets 90 % of the minute's quota too when the clock is known to a third of a second only", () => {
    const { admitted, end } = greedyCaller([second, minute], 0.02, 20, 300);
    expect(fewestInAnyInterval(admitted, 60_000, end)).toBeGreaterThanOrEqual(0.9 * 300);
  });
});
