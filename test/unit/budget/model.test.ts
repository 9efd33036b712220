import fc from "fast-check";
import { expect, describe as group, test } from "vitest";
import type { Limit } from "../../../functions/platform/limit-schema.ts";
import { type Share, shareSchema } from "../../../functions/platform/share-schema.ts";
import { createBudgetWorld } from "../../support/budget/budget-world.ts";

// Random steps over virtual time, against a model that keeps every timestamp. BUDGET_STEPS=2000000 for a long run.
const steps = Number(process.env.BUDGET_STEPS ?? 20_000);
const stepsInRun = 120;

const clients = ["crm", "search", "a-client-with-a-long-name", "gateway"] as const;
const limitSets: readonly (readonly Limit[])[] = [
  [
    { name: "second", quota: 4, seconds: 1 },
    { name: "minute", quota: 20, seconds: 60 },
    { name: "day", quota: 100, seconds: 86_400 },
  ],
  [
    { name: "minute", quota: 30, seconds: 60 },
    { name: "hour", quota: 60, seconds: 3_600 },
    { name: "day", quota: 150, seconds: 86_400 },
  ],
  [{ name: "day", quota: 60, seconds: 86_400 }],
];

const index = fc.nat({ max: 7 });
const share: fc.Arbitrary<Share> = fc
  .record(
    {
      cap: fc.integer({ min: 0, max: 40 }),
      priority: fc.constantFrom("interactive" as const, "batch" as const),
      mode: fc.constantFrom("enforce" as const, "observe" as const),
    },
    { requiredKeys: [] },
  )
  .map((given) => shareSchema.parse(given));

const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("calls" as const),
      calls: fc.array(fc.tuple(index, fc.constantFrom(...clients)), { minLength: 1, maxLength: 8 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.oneof(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 300, max: 70_000 }),
        fc.integer({ min: 70_000, max: 30_000_000 }),
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("giveBack" as const), which: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("report" as const),
      which: fc.nat(),
      outcome: fc.constantFrom({ kind: "limited" as const }, { kind: "ok" as const }, { kind: "disabled" as const }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("reopen" as const), process: index }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("guarantee" as const),
      process: index,
      units: fc.dictionary(fc.constantFrom(...clients.slice(0, 3)), fc.integer({ min: 0, max: 30 })),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("share" as const), client: fc.constantFrom(...clients), share }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("clock" as const),
      process: index,
      errorMs: fc.integer({ min: -300_000, max: 300_000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("freeze" as const),
      process: index,
      ms: fc.integer({ min: 1, max: 900_000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("lose" as const),
      process: index,
      what: fc.constantFrom("losesAnswer" as const, "losesRequest" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const), process: index }) },
);
const deployment = fc.record({
  kind: fc.constant("relimit" as const),
  process: index,
  limits: fc.constantFrom(...limitSets),
});

type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;
type Deployment = typeof deployment extends fc.Arbitrary<infer One> ? One : never;

/** Plays the steps; throws at the first that breaks a rule. Returns how many calls were admitted. */
async function play(seed: number, taken: readonly (Step | Deployment)[]): Promise<number> {
  const world = createBudgetWorld({
    limits: limitSets[seed % limitSets.length] ?? [],
    processes: 4,
    random: randomOf(seed),
  });
  for (const client of clients) world.setShare(client, shareSchema.parse({}));
  for (const one of taken) {
    switch (one.kind) {
      case "calls":
        await Promise.all(one.calls.map(([process, client]) => world.call(process, client)));
        break;
      case "wait":
        world.wait(one.ms);
        break;
      case "giveBack":
        await world.giveBack(one.which);
        break;
      case "report":
        await world.report(one.which, one.outcome);
        break;
      case "reopen":
        await world.reopen(one.process);
        break;
      case "guarantee":
        await world.guarantee(one.process, one.units);
        break;
      case "share":
        world.setShare(one.client, one.share);
        break;
      case "clock":
        world.setClock(one.process, one.errorMs);
        break;
      case "freeze":
        world.freeze(one.process, one.ms);
        break;
      case "lose":
        world.lose(one.process, one.what);
        break;
      case "restart":
        world.restart(one.process);
        break;
      case "relimit":
        world.relimit(one.process, one.limits);
        break;
    }
    if (world.failure) throw world.failure;
  }
  return world.taken().length;
}

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const runs = Math.max(1, Math.ceil(steps / stepsInRun / 2));
const timeout = Math.max(30_000, steps * 5);

group("many Lambdas with wrong clocks", () => {
  test(
    "keep every limit, share and gate, and refuse nobody without a reason",
    async () => {
      let admitted = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.nat(),
          fc.array(step, { minLength: stepsInRun, maxLength: stepsInRun, size: "max" }),
          async (seed, taken) => {
            admitted += await play(seed, taken);
          },
        ),
        { numRuns: runs },
      );
      expect(admitted).toBeGreaterThan(runs);
    },
    timeout,
  );

  test.each([
    ["counters that were seen at different moments were taken for one moment's", -1187971700, "112"],
    ["an idle process did not know how little it knew of the time", -401434957, "84"],
  ])("keep them where once %s", async (_bug, seed, path) => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.array(step, { minLength: stepsInRun, maxLength: stepsInRun, size: "max" }),
        async (seed, taken) => {
          await play(seed, taken);
        },
      ),
      { seed, path, numRuns: 1 },
    );
  });

  test(
    "keep every limit while a deployment changes them",
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.nat(),
          fc.array(fc.oneof({ weight: 20, arbitrary: step }, { weight: 1, arbitrary: deployment }), {
            minLength: stepsInRun,
            maxLength: stepsInRun,
            size: "max",
          }),
          async (seed, taken) => {
            await play(seed, taken);
          },
        ),
        { numRuns: runs },
      );
    },
    timeout,
  );
});
