import fc from "fast-check";
import { expect, test } from "vitest";
import { createRollingCounter } from "../../../../sandbox/limits/rolling-counter.ts";

const startedAt = 1_700_000_000_000;

test("counts exactly the events of the last second, to the millisecond", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 60 }), (pauses) => {
      const counter = createRollingCounter(1);
      const at: number[] = [];
      let now = startedAt;
      let most = 0;
      for (const pause of pauses) {
        now += pause;
        at.push(now);
        counter.add(now);
        const inWindow = at.filter((time) => time > now - 1000).length;
        most = Math.max(most, inWindow);
        expect(counter.count(now)).toBe(inWindow);
        expect(counter.most()).toBe(most);
      }
    }),
  );
});

test("says to the millisecond when there is room again", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 20 }),
      (pauses, quota) => {
        const counter = createRollingCounter(1);
        let now = startedAt;
        for (const pause of pauses) {
          now += pause;
          counter.add(now);
        }
        const free = counter.hasRoomAt(quota, now);
        if (counter.count(now) < quota) expect(free).toBe(now);
        else {
          expect(counter.count(free - 1)).toBeGreaterThanOrEqual(quota);
          expect(counter.count(free)).toBeLessThan(quota);
        }
      },
    ),
  );
});

test("is off by a thousandth of a long window at most", () => {
  const counter = createRollingCounter(86_400);
  counter.add(startedAt);
  expect(counter.count(startedAt + 86_400_000 - 86_400)).toBe(1);
  expect(counter.count(startedAt + 86_400_000)).toBe(0);
});

test("forgets all after a long pause and never counts below nothing when the clock goes back", () => {
  const counter = createRollingCounter(60);
  for (let event = 0; event < 5; event += 1) counter.add(startedAt);
  expect(counter.count(startedAt - 3_600_000)).toBe(5);
  expect(counter.count(startedAt + 86_400_000 * 365)).toBe(0);
  expect(counter.most()).toBe(5);
});
