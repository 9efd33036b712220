import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createSharedTurns, type TakeTurns } from "../../../functions/webhooks/turns.ts";
import { createStateTable, openDynamo, type TestDynamo } from "../../support/stores.ts";

let dynamo: TestDynamo;
let take: TakeTurns;
let endpoints = 0;
const t0 = Date.parse("2026-11-24T12:00:00Z");

beforeAll(async () => {
  dynamo = await openDynamo();
  take = createSharedTurns(await createStateTable(dynamo.client));
});
afterAll(() => dynamo.close());
beforeEach(() => {
  endpoints += 1;
});
const turn = (now: number, spanMs = 100, until = now + 60_000, isTaken = false) =>
  take(`wh_${endpoints}`, { spanMs, now, until, isTaken });

describe("an endpoint's time", () => {
  test("is had at once where nobody else has it, and else after them", async () => {
    expect(await turn(t0)).toBe(t0);
    expect(await turn(t0 + 10)).toBe(t0 + 100);
    expect(await turn(t0 + 20, 500)).toBe(t0 + 200);
    expect(await turn(t0 + 700)).toBe(t0 + 700);
    expect(await turn(t0 + 900)).toBe(t0 + 900);
  });

  test("is not taken by whoever could not wait for it", async () => {
    await turn(t0, 500);
    expect(await turn(t0 + 100, 100, t0 + 499)).toBeUndefined();
    expect(await turn(t0 + 100, 100, t0 + 500)).toBe(t0 + 500);
  });

  test("is not lost to a clock that ran ahead", async () => {
    await turn(t0 + 3_600_000);
    expect(await turn(t0)).toBe(t0);
    expect(await turn(t0)).toBe(t0 + 100);
  });

  test("is had all the same by whoever supposes wrongly that others have it, or that nobody has", async () => {
    expect(await turn(t0, 100, t0 + 60_000, true)).toBe(t0);
    expect(await turn(t0 + 10, 100, t0 + 60_000, true)).toBe(t0 + 100);
    expect(await turn(t0 + 20, 100, t0 + 60_000, false)).toBe(t0 + 200);
  });

  test("goes to one process at a time, whoever asks when for how much", async () => {
    const asked = fc.record({
      after: fc.integer({ min: 0, max: 300 }),
      spanMs: fc.integer({ min: 1, max: 500 }),
      isTaken: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(asked, { maxLength: 5 }), { maxLength: 4 }), async (processes) => {
        endpoints += 1;
        const taken = await Promise.all(
          processes.map(async (asks) => {
            const stretches: { from: number; to: number }[] = [];
            let now = t0;
            for (const { after, spanMs, isTaken } of asks) {
              now += after;
              const from = await turn(now, spanMs, now + 60_000, isTaken);
              if (from === undefined) throw new Error("nothing within a minute");
              expect(from).toBeGreaterThanOrEqual(now);
              stretches.push({ from, to: from + spanMs });
            }
            return stretches;
          }),
        );
        const inOrder = taken.flat().toSorted((a, b) => a.from - b.from || a.to - b.to);
        for (const [index, { from }] of inOrder.entries()) {
          expect(from).toBeGreaterThanOrEqual(inOrder[index - 1]?.to ?? 0);
        }
      }),
      { numRuns: 40 },
    );
  });
});
