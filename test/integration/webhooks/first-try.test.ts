import { describe, expect, test } from "vitest";
import type { StateTable } from "../../../functions/platform/state-table.ts";
import type { SendResult } from "../../../functions/webhooks/attempt.ts";
import { createDeliveryStore } from "../../../functions/webhooks/deliveries.ts";
import type { Endpoint } from "../../../functions/webhooks/endpoints.ts";
import { createOutbox } from "../../../functions/webhooks/outbox.ts";
import { createSharedTurns, type TakeTurns } from "../../../functions/webhooks/turns.ts";
import { onFreshStateTable } from "../../support/fresh-tables.ts";
import { webhookProcesses } from "../../support/webhook-processes.ts";
import { itemEvent } from "../../support/webhooks.ts";

const begin = 1_700_000_000_000;
const answerMs = 12;
/** A first try's own work, an answer each: what is asked of the store before it. */
const workMs = 4 * answerMs;
let fresh: StateTable;
let world: ReturnType<typeof webhookProcesses>;

onFreshStateTable((made) => {
  fresh = made;
  world = webhookProcesses(made, { begin, answerMs });
});

/** For 300 ms somebody else has the endpoint's time, as a process has that sends to it. */
async function takeAway() {
  const { time, takeTurns } = world;
  await time.wait(490);
  await takeTurns("wh_1", { spanMs: 300, now: time.now(), until: time.now() + 60_000 });
}

describe("the first try of an event", () => {
  test("waits for nothing where nobody else sends and the rate is not used up", async () => {
    const { time, waited, start, stream } = world;
    await world.saveEndpoint({ perSecond: 100 });
    await time.until(stream(start(), "evt", 80, 160));
    expect(waited).toHaveLength(160);
    expect(world.longestMs()).toBeLessThanOrEqual(workMs);
  });

  test("does not wait for what once held up those before it", async () => {
    const { time, waited, start, stream } = world;
    await world.saveEndpoint({ perSecond: 100 });
    await time.until(Promise.all([stream(start(), "evt", 80, 240), takeAway()]));
    expect(waited).toHaveLength(240);
    expect(world.longestMs()).toBeGreaterThan(250);
    // 24 events came in these 300 ms. Of the 100 turns of each second 80 are asked for, so 20 are left to catch up.
    const later = waited.filter(({ id }) => Number(id.slice("evt_".length)) > 40 + 24 + 24 * 5);
    expect(Math.max(...later.map(({ ms }) => ms))).toBeLessThanOrEqual(workMs);
  });

  test("does not wait for another's claim that the store answers late", async () => {
    const { time, waited, start, stream } = world;
    await world.saveEndpoint({ perSecond: 100 });
    const deliveries = createDeliveryStore(world.table);
    let claims = 0;
    const claim: typeof deliveries.claim = async (...asked) => {
      claims += 1;
      if (claims === 1) await time.wait(2_000);
      return deliveries.claim(...asked);
    };
    const telling = start({ deliveries: { ...deliveries, claim } });
    await time.until(Promise.all([stream(telling, "evt", 80, 240), takeAway()]));
    expect(waited).toHaveLength(240);
    expect(waited.filter(({ ms }) => ms > 300 + workMs)).toHaveLength(1);
  });

  test("to one endpoint does not wait for the turns of another, however late the store gives them", async () => {
    const { time, start } = world;
    await world.saveEndpoint({ id: "wh_1" });
    await world.saveEndpoint({ id: "wh_2" });
    const takeTurns: TakeTurns = async (id, asked) => {
      if (id === "wh_2") await time.wait(2_000);
      return world.takeTurns(id, asked);
    };
    const reached: number[] = [];
    const send = async ({ id }: Endpoint, { at }: { at: number }): Promise<SendResult> => {
      if (id === "wh_1") reached.push(time.now() - at);
      return { status: 200 };
    };
    const telling = start({ takeTurns, send });
    const tell = async () => {
      const targets = await telling.targets();
      for (const id of ["evt_1", "evt_2"]) {
        await telling.fanOut(itemEvent({ id, at: time.now() }), targets, async () => undefined);
      }
      await telling.settled();
    };
    await time.until(tell());
    expect(reached).toHaveLength(2);
    expect(Math.max(...reached)).toBeLessThanOrEqual(workMs);
  });

  test.each([
    { processes: 2, perSecond: 100, each: 40 },
    { processes: 3, perSecond: 100, each: 25 },
    { processes: 2, perSecond: 20, each: 7 },
  ])("is soon where $processes processes send $each a second each, of $perSecond", async (given) => {
    const { processes, perSecond, each } = given;
    const { time, waited, start, stream } = world;
    await world.saveEndpoint({ perSecond });
    const names = Array.from({ length: processes }, (_, index) => `process-${index}`);
    await time.until(Promise.all(names.map((name) => stream(start(), name, each, each * 4))));
    const sent = processes * each * 4;
    expect(new Set(waited.map(({ id }) => id)).size).toBe(sent);
    expect(waited).toHaveLength(sent);
    // Each of the others may have a stretch of a tenth of a second before it, and those in line before it have turns.
    expect(world.longestMs()).toBeLessThanOrEqual(150 * processes);
  });

  test("that waits in one process is left to it by the schedule's", async () => {
    const { time, waited, start, stream } = world;
    await world.saveEndpoint({ perSecond: 100 });
    const other = time.slowed(fresh, answerMs);
    const schedule = start({
      deliveries: createDeliveryStore(other.table),
      takeTurns: createSharedTurns(other.table),
    });
    const run = async () => {
      await time.wait(600);
      await schedule.run(begin + 10_000);
    };
    await time.until(Promise.all([stream(start(), "evt", 80, 160), takeAway(), run()]));
    expect(waited).toHaveLength(160);
    expect(other.writes()).toBe(0);
  });

  test("comes from another process once whoever had it has died", async () => {
    const { time, table } = world;
    await world.saveEndpoint({});
    const event = itemEvent({ at: begin });
    const deliveries = createDeliveryStore(table);
    await time.until(createOutbox(table, time.now).keep(event));
    await time.until(deliveries.open("wh_1", event, begin, { forMs: 30_000, begins: "with room" }));
    expect(await time.until(world.start().run(begin + 60_000))).toMatchObject({ delivered: 1 });
    const page = await time.until(deliveries.page("wh_1", {}, 1));
    expect(page.deliveries).toMatchObject([{ tries: 1, attempts: [{ at: begin + 30_000 + workMs, status: 200 }] }]);
  });

  test("has ended, and is noted, before a run fails of its store", async () => {
    const { time, table } = world;
    await world.saveEndpoint({});
    const deliveries = createDeliveryStore(table);
    await time.until(createOutbox(table, time.now).put(itemEvent({ at: begin })));
    const due = () => Promise.reject(new Error("throttled"));
    const send = async (): Promise<SendResult> => {
      await time.wait(1_000);
      return { status: 200 };
    };
    const running = world.start({ deliveries: { ...deliveries, due }, send }).run(begin + 60_000);
    await expect(time.until(running)).rejects.toThrow("throttled");
    const page = await time.until(deliveries.page("wh_1", {}, 1));
    expect(page.deliveries).toMatchObject([{ status: "delivered" }]);
  });
});
