import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { describe, expect, test, vi } from "vitest";
import { gatewayClient } from "../../../functions/budget/gateway-client.ts";
import { createLedger, type Ledger } from "../../../functions/budget/ledger.ts";
import { defaultLimits, type Limit } from "../../../functions/platform/limit-schema.ts";
import { type BudgetClient, type Share, shareSchema } from "../../../functions/platform/share-schema.ts";
import { countWrites } from "../../support/budget/count-writes.ts";
import { type BudgetTable, onFreshBudgetTable } from "../../support/fresh-tables.ts";

// Some of these make a day of traffic, and not every DynamoDB that they are run against is fast.
vi.setConfig({ testTimeout: 180_000 });

let table: BudgetTable;
let clock: number;
onFreshBudgetTable((fresh) => {
  table = fresh;
  clock = Date.parse("2026-03-02T12:00:00Z");
});

const hundred: Limit[] = [{ name: "day", quota: 100, seconds: 86_400 }];

function ledger(limits: readonly Limit[] = hundred): Ledger {
  const now = () => clock;
  return createLedger({ ...table, application: "test", limits, now });
}

function client(id: string, share: Partial<Share> = {}): BudgetClient {
  return { id, share: shareSchema.parse(share) };
}

/** Calls until the first refusal, at most 200 times. */
async function takeAll(one: Ledger, by: BudgetClient) {
  for (let taken = 0; taken < 200; taken += 1) {
    const answer = await one.reserve({ client: by });
    if (!answer.admitted) return { taken, refusal: answer.refusal };
  }
  throw new Error("nobody refused");
}

describe("shares", () => {
  test("are kept as the worked example in docs/budget.md tells", async () => {
    const [one, other] = [ledger(), ledger()];
    await one.guarantee({ crm: 30 });
    // The pool is 100 - 30 (crm) - 2 (gateway) = 68 units; a batch client may fill it to 54, four fifths.
    expect(await takeAll(other, client("nightly", { priority: "batch" }))).toMatchObject({
      taken: 54,
      refusal: { kind: "pool", name: "day", limit: 54, used: 54 },
    });
    expect(await takeAll(one, client("website"))).toMatchObject({
      taken: 14,
      refusal: { kind: "pool", limit: 68, used: 68 },
    });
    // The pool is empty, and crm still has all that is its own; so has the gateway.
    expect((await takeAll(other, client("crm", { guaranteed: 30 }))).taken).toBe(30);
    expect((await takeAll(one, gatewayClient)).taken).toBe(2);
    expect((await one.read()).limits[0]).toMatchObject({ used: 100, left: 0 });
    // A day later everything is back.
    clock += 86_400_000 * 1.2;
    expect((await takeAll(other, client("website"))).taken).toBe(68);
  });

  test("lend nothing that is guaranteed, and let a client with a guarantee use the pool beyond it", async () => {
    const one = ledger();
    await one.guarantee({ crm: 30 });
    expect((await takeAll(one, client("crm", { guaranteed: 30 }))).taken).toBe(98);
    expect((await takeAll(one, client("website"))).taken).toBe(0);
  });

  test("that are guaranteed later are granted once the pool has the units, and are never another one's", async () => {
    const one = ledger();
    await one.guarantee({ crm: 30 });
    expect((await takeAll(one, client("website"))).taken).toBe(68);
    await one.guarantee({ crm: 30, search: 20 });
    expect((await takeAll(one, client("search"))).taken).toBe(0);
    expect((await takeAll(one, client("crm"))).taken).toBe(30);
    clock += 86_400_000 * 1.2;
    expect((await takeAll(one, client("website"))).taken).toBe(48);
    expect((await takeAll(one, client("search"))).taken).toBe(20);
  });

  test("that are taken away count as taken from the pool, as far as they were used", async () => {
    const one = ledger();
    await one.guarantee({ crm: 30 });
    expect((await takeAll(one, client("crm"))).taken).toBe(98);
    await one.guarantee({});
    expect((await takeAll(one, client("website"))).taken).toBe(0);
    expect((await takeAll(one, gatewayClient)).taken).toBe(2);
  });

  test("whose guarantees cannot all be kept are refused with the arithmetic", async () => {
    await expect(ledger().guarantee({ crm: 60, search: 39 })).rejects.toThrow("60 (crm) + 39 (search) = 99");
  });
});

describe("a cap", () => {
  test("counts per UTC day, and says when the next one begins", async () => {
    const one = ledger();
    const capped = client("reports", { cap: 3 });
    expect(await takeAll(one, capped)).toMatchObject({
      taken: 3,
      refusal: { kind: "cap", limit: 3, used: 3, retryAfterMs: 12 * 3_600_000 },
    });
    clock += 12 * 3_600_000;
    expect((await takeAll(ledger(), capped)).taken).toBe(3);
  });

  test("can be another one until a moment", async () => {
    const one = ledger();
    const share = { cap: 2, temporary: { cap: 5, until: "2026-03-02T12:30:00Z" } };
    expect((await takeAll(one, client("reports", share))).taken).toBe(5);
    clock += 30 * 60_000;
    expect((await takeAll(one, client("reports", share))).refusal).toMatchObject({ kind: "cap", limit: 2, used: 5 });
  });

  test("of nothing admits nobody", async () => {
    expect((await takeAll(ledger(), client("reports", { cap: 0 }))).taken).toBe(0);
  });
});

test("observe mode refuses nothing that the share would, and counts what it spared", async () => {
  const one = ledger();
  const observed = client("nightly", { cap: 3, priority: "batch", mode: "observe" });
  for (let call = 0; call < 5; call += 1) {
    const answer = await one.reserve({ client: observed });
    expect(answer).toMatchObject(call < 3 ? { admitted: true } : { admitted: true, spared: { kind: "cap", limit: 3 } });
  }
  expect((await one.readShares([observed])).shares[0]).toMatchObject({ usedToday: 5, sparedToday: 2 });
  // What is guaranteed to others it cannot take.
  expect((await takeAll(one, observed)).taken).toBe(98 - 5);
});

test("a client sees what its share leaves it of the day", async () => {
  const one = ledger();
  await one.guarantee({ crm: 30 });
  const answer = await one.reserve({ client: client("nightly", { priority: "batch", cap: 10 }) });
  expect(answer.limits).toMatchObject([
    { name: "day", used: 1, left: 53 },
    { name: "cap", quota: 10, used: 1, left: 9 },
  ]);
});

describe("the item", () => {
  /** Its size as DynamoDB counts it: names and values in bytes, numbers by their digits. */
  async function sizeOf(): Promise<number> {
    const Key = { pk: { S: "BUDGET#test" } };
    const { Item = {} } = await table.dynamo.send(new GetItemCommand({ TableName: table.tableName, Key }));
    return Object.entries(Item).reduce((sum, [name, { S, N, B }]) => {
      const bytes = N === undefined ? (B?.length ?? S?.length ?? 0) : Math.ceil(N.length / 2) + 1;
      return sum + name.length + bytes;
    }, 0);
  }

  /** A full day of traffic by so many clients, twenty of them with a guarantee, uneven as traffic is. */
  async function live(count: number): Promise<void> {
    const one = ledger(defaultLimits);
    const clients = Array.from({ length: count }, (_, index) =>
      client(`client-number-${index}`, index < 20 ? { guaranteed: 1_500 } : {}),
    );
    await one.guarantee(Object.fromEntries(clients.map(({ id, share }) => [id, share.guaranteed])));
    for (let call = 0; call < 600; call += 1) {
      clock += call % 9 === 0 ? 1_300_000 : 150 + (call % 7) * 90;
      const by = clients[(call * call + call) % count] ?? clients[0];
      if (by) await one.reserve({ client: by });
    }
    for (const by of clients) {
      clock += 400;
      await one.reserve({ client: by });
    }
  }

  test("is at most 2 KB with 20 clients who all have a guarantee", async () => {
    await live(20);
    expect(await sizeOf()).toBeLessThanOrEqual(2_048);
  });

  test("is at most 4 KB with 100 clients", async () => {
    await live(100);
    expect(await sizeOf()).toBeLessThanOrEqual(4_096);
  });
});

describe("writes", () => {
  test.each([[20], [90], [450], [7_000]])(
    "are at most two a call when eight Lambdas take turns every %i ms",
    async (gapMs) => {
      const wide = [
        { name: "second", quota: 1_000, seconds: 1 },
        { name: "minute", quota: 10_000, seconds: 60 },
        { name: "day", quota: 40_000, seconds: 86_400 },
      ];
      const lambdas = Array.from({ length: 8 }, () => ledger(wide));
      await lambdas[0]?.guarantee({ crm: 5_000 });
      const clients = [client("crm", { guaranteed: 5_000 }), client("reports", { cap: 9_000 }), client("website")];
      let most = 0;
      let sum = 0;
      const calls = 72;
      for (let call = 0; call < calls; call += 1) {
        clock += gapMs;
        const by = clients[call % 3] ?? client("website");
        const writes = await countWrites(table.dynamo, async () => {
          expect((await lambdas[call % 8]?.reserve({ client: by }))?.admitted).toBe(true);
        });
        most = Math.max(most, writes);
        sum += writes;
      }
      expect(most).toBeLessThanOrEqual(2);
      expect(sum).toBeLessThanOrEqual(2 * calls);
    },
  );

  test("are at most 1.2 a call for 64 callers of one Lambda", async () => {
    const one = ledger(defaultLimits.map((limit) => ({ ...limit, quota: limit.quota * 100 })));
    const calls = 320;
    const writes = await countWrites(table.dynamo, async () => {
      let left = calls;
      const caller = async (by: BudgetClient) => {
        while (left-- > 0) {
          clock += 3;
          expect((await one.reserve({ client: by })).admitted).toBe(true);
        }
      };
      await Promise.all(Array.from({ length: 64 }, (_, index) => caller(client(`app${index % 5}`))));
    });
    expect(writes / calls).toBeLessThanOrEqual(1.2);
  });

  test("are none for a caller who is refused", async () => {
    const one = ledger();
    await takeAll(one, client("website"));
    expect(await countWrites(table.dynamo, async () => void (await one.reserve({ client: client("website") })))).toBe(
      0,
    );
  });
});
