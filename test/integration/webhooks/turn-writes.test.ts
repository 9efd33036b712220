import { expect, test } from "vitest";
import { onFreshStateTable } from "../../support/fresh-tables.ts";
import { webhookProcesses } from "../../support/webhook-processes.ts";

let world: ReturnType<typeof webhookProcesses>;
onFreshStateTable((fresh) => {
  world = webhookProcesses(fresh, { begin: 1_700_000_000_000, answerMs: 12 });
});

// The figures of docs/costs.md.
test.each([
  { processes: 1, each: 1, perSecond: 20, turnWrites: 1, allWrites: 4 },
  { processes: 1, each: 15, perSecond: 20, turnWrites: 0.16, allWrites: 3.16 },
  { processes: 1, each: 80, perSecond: 100, turnWrites: 0.03, allWrites: 3.03 },
  { processes: 2, each: 7, perSecond: 20, turnWrites: 0.83, allWrites: 4.19 },
  { processes: 2, each: 40, perSecond: 100, turnWrites: 0.13, allWrites: 3.65 },
  { processes: 3, each: 25, perSecond: 100, turnWrites: 0.15, allWrites: 3.88 },
  { processes: 2, each: 100, perSecond: 100, turnWrites: 0.03, allWrites: 4.02 },
])(
  "turns of $processes processes with $each events a second each, of $perSecond, take $turnWrites writes a delivery",
  async (given) => {
    const { processes, each, perSecond, turnWrites, allWrites } = given;
    const { time, waited, start, stream } = world;
    await world.saveEndpoint({ perSecond });
    const names = Array.from({ length: processes }, (_, index) => `process-${index}`);
    const count = Math.max(20, each * 3);
    await time.until(Promise.all(names.map((name) => stream(start(), name, each, count))));
    expect(waited).toHaveLength(processes * count);
    // Half of a hundredth for rounding. All writes are those for turns, and three or four for the event and its delivery.
    expect(world.turnWrites() / waited.length).toBeLessThanOrEqual(turnWrites + 0.005);
    expect((world.allWrites() - 1) / waited.length, "without that of the endpoint").toBeLessThanOrEqual(
      allWrites + 0.005,
    );
  },
);
