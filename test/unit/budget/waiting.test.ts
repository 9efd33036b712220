import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { describe, expect, test } from "vitest";
import { createLedger, type Ledger } from "../../../functions/budget/ledger.ts";
import { shareSchema } from "../../../functions/platform/share-schema.ts";
import { memoryStore } from "../../support/budget/memory-store.ts";

/** Virtual time: sleeping is an entry in a list, and the clock goes to the next entry once nobody has anything to do. */
function virtualTime() {
  let now = 1_700_000_000_000;
  const sleeping: { at: number; wake: () => void }[] = [];
  const sleep = (ms: number) => new Promise<void>((wake) => sleeping.push({ at: now + ms, wake }));
  const idle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    now: () => now,
    sleep,
    /** Runs until nobody sleeps any more. */
    async run() {
      for (await idle(); sleeping.length > 0; await idle()) {
        sleeping.sort((a, b) => a.at - b.at);
        const next = sleeping.shift();
        now = Math.max(now, next?.at ?? now);
        next?.wake();
      }
    },
  };
}

/** Lambdas on one budget of five calls a second, in virtual time. */
function lambdas(count: number) {
  const time = virtualTime();
  const item = { current: undefined };
  let requests = 0;
  let seed = 7;
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const before = async () => {
    requests += 1;
    await time.sleep(3 + random() * 5);
  };
  let ids = 0;
  const all = Array.from({ length: count }, () =>
    createLedger({
      dynamo: undefined as unknown as DynamoDBClient,
      tableName: "",
      application: "",
      store: memoryStore({ item, before }),
      limits: [{ name: "second", quota: 5, seconds: 1 }],
      now: time.now,
      sleep: time.sleep,
      random,
      createId: () => `id-${++ids}`,
    }),
  );
  return { time, at: (index: number) => all[index % count] as Ledger, requests: () => requests };
}

const client = (id: string) => ({ id, share: shareSchema.parse({}) });

describe("waiting callers", () => {
  test("of many Lambdas are all served, roughly in the order in which they came", async () => {
    const { time, at, requests } = lambdas(12);
    const served: number[] = [];
    const count = 60;
    const calls = Array.from({ length: count }, async (_, index) => {
      await time.sleep(index * 100);
      const answer = await at(index).reserve({ client: client("crm"), waitMs: 20_000 });
      if (answer.admitted) served.push(index);
    });
    await time.run();
    await Promise.all(calls);
    expect(served).toHaveLength(count);
    // Five are served a second: nobody is overtaken by more than those of five seconds.
    const furthest = Math.max(...served.map((index, place) => place - index));
    expect(furthest).toBeLessThanOrEqual(25);
    // They slept instead of hammering: a few requests for each call, not one each moment.
    expect(requests() / count).toBeLessThan(12);
  });

  test("do not starve while others, who do not wait, come and go", async () => {
    const { time, at } = lambdas(6);
    let served = 0;
    const waiting = Array.from({ length: 20 }, async (_, index) => {
      if ((await at(index).reserve({ client: client("crm"), waitMs: 20_000 })).admitted) served += 1;
    });
    const passing = Array.from({ length: 60 }, async (_, index) => {
      await time.sleep(index * 330);
      await at(index).reserve({ client: client("website") });
    });
    await time.run();
    await Promise.all([...waiting, ...passing]);
    expect(served).toBe(20);
  });

  test("with little time are not held up by those before them who have much", async () => {
    const { time, at } = lambdas(1);
    const patient = Array.from({ length: 60 }, () => at(0).reserve({ client: client("crm"), waitMs: 20_000 }));
    const startedAt = time.now();
    let tookMs = 0;
    const hasty = at(0)
      .reserve({ client: client("crm"), waitMs: 1_500 })
      .then(() => {
        tookMs = time.now() - startedAt;
      });
    await time.run();
    await Promise.all([...patient, hasty]);
    expect(tookMs).toBeGreaterThan(0);
    expect(tookMs).toBeLessThan(2_000);
    expect(time.now() - startedAt).toBeGreaterThan(10_000);
  });

  test("of one client do not hold up another's", async () => {
    const { time, at } = lambdas(1);
    const capped = { id: "reports", share: shareSchema.parse({ cap: 0 }) };
    const order: string[] = [];
    const calls = [
      at(0)
        .reserve({ client: client("crm"), waitMs: 20_000 })
        .then(() => order.push("crm")),
      at(0)
        .reserve({ client: capped, waitMs: 20_000 })
        .then(({ admitted }) => order.push(`reports ${admitted}`)),
    ];
    await time.run();
    await Promise.all(calls);
    expect(order.toSorted()).toEqual(["crm", "reports false"]);
    expect(time.now() - 1_700_000_000_000).toBeLessThan(1_000);
  });
});
