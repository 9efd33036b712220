import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { mockClient } from "aws-sdk-client-mock";
import { describe, expect, test } from "vitest";
import { createLedger, type Ledger } from "../../../functions/budget/ledger.ts";
import type { Reservation } from "../../../functions/budget/reservation.ts";
import type { GatewayEvent, RaiseEvent } from "../../../functions/platform/events.ts";
import type { Limit } from "../../../functions/platform/limit-schema.ts";
import { defaultShare } from "../../../functions/platform/share-schema.ts";
import { countWrites } from "../../support/budget/count-writes.ts";
import { asDocumented } from "../../support/events.ts";
import { type BudgetTable, onFreshBudgetTable } from "../../support/fresh-tables.ts";

let table: BudgetTable;
let clock: number;
onFreshBudgetTable((fresh) => {
  table = fresh;
  clock = 1_700_000_000_000;
});

const client = { id: "app", share: defaultShare };
const limits: Limit[] = [
  { name: "second", quota: 3, seconds: 1 },
  { name: "day", quota: 8, seconds: 86_400 },
];

function ledger(
  options: { limits?: Limit[]; now?: () => number; client?: DynamoDBClient; raise?: RaiseEvent } = {},
): Ledger {
  return createLedger({
    ...table,
    dynamo: options.client ?? table.dynamo,
    application: "test",
    limits: options.limits ?? limits,
    now: options.now ?? (() => clock),
    ...(options.raise === undefined ? {} : { raise: options.raise }),
  });
}

function admissionOf(reservation: Reservation) {
  if (!reservation.admitted) throw new Error(`refused: ${reservation.refusal.name}`);
  return reservation;
}
const dayUsed = async (of: Ledger) => (await of.read()).limits.find(({ name }) => name === "day")?.used;

describe("a reservation", () => {
  test("is admitted until a limit is reached, then refused with the time to come back", async () => {
    const one = ledger();
    for (let call = 1; call <= 3; call += 1) {
      const { limits: standing } = admissionOf(await one.reserve({ client }));
      expect(standing.map(({ used }) => used)).toEqual([call, call]);
    }
    const refused = await one.reserve({ client });
    expect(refused).toMatchObject({ admitted: false, refusal: { kind: "limit", name: "second", limit: 3, used: 3 } });
    if (refused.admitted) return;
    clock += refused.refusal.retryAfterMs - 1;
    expect((await one.reserve({ client })).admitted).toBe(false);
    clock += 1;
    expect((await one.reserve({ client })).admitted).toBe(true);
  });

  test("charges nothing when it is refused", async () => {
    const one = ledger();
    for (let call = 0; call < 6; call += 1) await one.reserve({ client });
    expect(await dayUsed(one)).toBe(3);
  });

  test("counts what other gateways admitted", async () => {
    const [one, other] = [ledger(), ledger()];
    for (let call = 0; call < 3; call += 1) admissionOf(await (call % 2 === 0 ? one : other).reserve({ client }));
    expect((await one.reserve({ client })).admitted).toBe(false);
    expect((await other.reserve({ client })).admitted).toBe(false);
  });

  test("lets exactly one of many callers take the last unit", async () => {
    const lastUnit: Limit[] = [{ name: "day", quota: 1, seconds: 86_400 }];
    const results = await Promise.all(
      Array.from({ length: 64 }, () => ledger({ limits: lastUnit }).reserve({ client })),
    );
    expect(results.filter(({ admitted }) => admitted)).toHaveLength(1);
  });

  test("takes at most two writes, also for gateways that take turns", async () => {
    const wide: Limit[] = [
      { name: "second", quota: 10, seconds: 1 },
      { name: "day", quota: 40_000, seconds: 86_400 },
    ];
    const gateways = [ledger({ limits: wide }), ledger({ limits: wide }), ledger({ limits: wide })];
    const writes = await countWrites(table.dynamo, async () => {
      for (let call = 0; call < 60; call += 1) {
        clock += 137;
        admissionOf(await (gateways[call % 3] as Ledger).reserve({ client }));
      }
    });
    expect(writes).toBeLessThanOrEqual(2 * 60);
  });
});

describe("time", () => {
  test("moving on gives room in the second but not in the day", async () => {
    const one = ledger();
    for (let call = 0; call < 8; call += 1) {
      clock += 1_200;
      admissionOf(await one.reserve({ client }));
    }
    clock += 1_200;
    expect(await one.reserve({ client })).toMatchObject({ admitted: false, refusal: { name: "day" } });
    clock += 86_400_000 * 1.2;
    expect((await one.reserve({ client })).admitted).toBe(true);
  });

  test("running backwards opens nothing early", async () => {
    const one = ledger();
    for (let call = 0; call < 3; call += 1) await one.reserve({ client });
    const slow = ledger({ now: () => clock - 300_000 });
    expect((await slow.reserve({ client })).admitted).toBe(false);
    expect(await dayUsed(slow)).toBe(3);
  });
});

describe("a unit", () => {
  test("comes back when nothing was sent", async () => {
    const one = ledger();
    const admission = admissionOf(await one.reserve({ client }));
    await one.giveBack(admission);
    expect(await dayUsed(one)).toBe(0);
  });

  test("comes back once the slots have moved on, where they still hold it", async () => {
    const one = ledger();
    const admission = admissionOf(await one.reserve({ client }));
    clock += 150;
    admissionOf(await one.reserve({ client }));
    await one.giveBack(admission);
    expect(await dayUsed(one)).toBe(1);
  });
});

describe("changed limits", () => {
  test("take effect at once and forget nothing", async () => {
    const before = ledger();
    for (let call = 0; call < 3; call += 1) await before.reserve({ client });
    const lowered = ledger({ limits: [{ name: "day", quota: 3, seconds: 86_400 }] });
    expect(await lowered.reserve({ client })).toMatchObject({ admitted: false, refusal: { name: "day", used: 3 } });
    const shorter = ledger({ limits: [{ name: "day", quota: 4, seconds: 3_600 }] });
    expect((await shorter.reserve({ client })).admitted).toBe(true);
    expect((await shorter.reserve({ client })).admitted).toBe(false);
  });
});

describe("the gate", () => {
  test("closes for everybody after a 429 and opens through one probe", async () => {
    const [one, other] = [ledger(), ledger()];
    await one.report(admissionOf(await one.reserve({ client })), { kind: "limited", retryAfterMs: 5_000 });
    expect(await other.reserve({ client })).toMatchObject({ admitted: false, refusal: { kind: "gate" } });
    clock += 60_001;
    const probe = admissionOf(await other.reserve({ client }));
    expect(probe.isProbe).toBe(true);
    expect(await one.reserve({ client })).toMatchObject({ admitted: false, refusal: { kind: "gate" } });
    await other.report(probe, { kind: "ok" });
    expect(admissionOf(await one.reserve({ client })).isProbe).toBe(false);
  });

  test("stays closed twice as long when the probe is refused too", async () => {
    const one = ledger();
    await one.report(admissionOf(await one.reserve({ client })), { kind: "limited" });
    clock += 60_001;
    await one.report(admissionOf(await one.reserve({ client })), { kind: "limited" });
    clock += 60_001;
    expect(await one.reserve({ client })).toMatchObject({ admitted: false, refusal: { kind: "gate" } });
    clock += 60_001;
    expect((await one.reserve({ client })).admitted).toBe(true);
  });

  test("closes for good when the key is disabled", async () => {
    const one = ledger();
    await one.report(admissionOf(await one.reserve({ client })), { kind: "disabled" });
    clock += 86_400_000 * 3;
    expect(await one.reserve({ client })).toMatchObject({ admitted: false, refusal: { kind: "disabled" } });
  });
});

test("the gate tells the world once that the key is disabled, and once that it is open again", async () => {
  const events: GatewayEvent[] = [];
  const raise = async (event: GatewayEvent) => void events.push(event);
  const [one, other] = [ledger({ raise }), ledger({ raise })];
  const [first, second] = [admissionOf(await one.reserve({ client })), admissionOf(await other.reserve({ client }))];
  await Promise.all([one.report(first, { kind: "disabled" }), other.report(second, { kind: "disabled" })]);
  await one.reopen();
  await other.reopen();
  expect(new Set(events.map(({ id, type }) => `${id} ${type}`)).size).toBe(2);
  expect(asDocumented(events).map(({ type }) => type)).toEqual(["budget.closed", "budget.reopened"]);
  expect((await other.reserve({ client })).admitted).toBe(true);
});

describe("a store in trouble", () => {
  test("admits nobody when it does not answer", async () => {
    const mock = mockClient(table.dynamo);
    mock.rejects(new Error("socket hang up"));
    expect(await ledger().reserve({ client })).toMatchObject({ admitted: false, refusal: { kind: "store" } });
    mock.restore();
  });

  test("that applied a write without answering is asked who wrote last, and the call counts once", async () => {
    const one = ledger();
    admissionOf(await one.reserve({ client }));
    let drop = true;
    table.dynamo.middlewareStack.add(
      (next, context) => async (args) => {
        const result = await next(args);
        if (context.commandName === "UpdateItemCommand" && drop) {
          drop = false;
          throw Object.assign(new Error("the answer was lost"), { name: "TimeoutError" });
        }
        return result;
      },
      { step: "initialize", name: "drop", override: true },
    );
    const admission = admissionOf(await one.reserve({ client }));
    table.dynamo.middlewareStack.remove("drop");
    expect(admission.limits.find(({ name }) => name === "day")?.used).toBe(2);
    expect(await dayUsed(one)).toBe(2);
  });

  test("never makes a read decide: only UpdateItem charges", async () => {
    const mock = mockClient(table.dynamo);
    mock.on(UpdateItemCommand).rejects(new Error("throttled"));
    mock.on(GetItemCommand).resolves({});
    expect((await ledger().reserve({ client })).admitted).toBe(false);
    mock.restore();
  });
});

describe("waiting", () => {
  /** A ledger in virtual time: sleeping moves the clock. */
  function waiting() {
    const slept: number[] = [];
    const waiter = createLedger({
      ...table,
      application: "test",
      limits,
      now: () => clock,
      random: () => 0.5,
      sleep: async (ms) => {
        slept.push(ms);
        clock += ms;
      },
    });
    return { waiter, slept };
  }

  test("takes its turn as soon as there is room, asking only when asking makes sense", async () => {
    const { waiter, slept } = waiting();
    for (let call = 0; call < 3; call += 1) await waiter.reserve({ client });
    expect((await waiter.reserve({ client, waitMs: 5_000 })).admitted).toBe(true);
    expect(slept).toHaveLength(1);
    expect(slept[0]).toBeGreaterThan(1_000);
    expect(slept[0]).toBeLessThan(1_300);
  });

  test("does not wait for what cannot come in time", async () => {
    const { waiter, slept } = waiting();
    for (let call = 0; call < 3; call += 1) await waiter.reserve({ client });
    expect(await waiter.reserve({ client, waitMs: 500 })).toMatchObject({
      admitted: false,
      refusal: { name: "second" },
    });
    expect(slept).toEqual([]);
  });

  test("serves those who wait in the order in which they came", async () => {
    const { waiter } = waiting();
    const served: number[] = [];
    const calls = Array.from({ length: 8 }, async (_, index) => {
      const { admitted } = await waiter.reserve({ client, waitMs: 20_000 });
      if (admitted) served.push(index);
    });
    await Promise.all(calls);
    expect(served).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(await waiter.reserve({ client, waitMs: 20_000 })).toMatchObject({
      admitted: false,
      refusal: { name: "day" },
    });
  });
});

test("a process that remembers the item takes one write a call, also when time moves the slots on", async () => {
  const one = ledger({
    limits: [
      { name: "second", quota: 10, seconds: 1 },
      { name: "day", quota: 40_000, seconds: 86_400 },
    ],
  });
  const writes = await countWrites(table.dynamo, async () => {
    for (let call = 0; call < 100; call += 1) {
      clock += 130;
      await one.report(admissionOf(await one.reserve({ client })), { kind: "ok" });
    }
  });
  // The very first call does not know that there is no item yet.
  expect(writes).toBe(101);
});
