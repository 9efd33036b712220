import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import type { GatewayEvent } from "../../../functions/platform/events.ts";
import type { StateTable } from "../../../functions/platform/state-table.ts";
import { createHttpSend, type SendResult } from "../../../functions/webhooks/attempt.ts";
import { createDeliverer, type DelivererDependencies } from "../../../functions/webhooks/deliverer.ts";
import { createDeliveryStore, type DeliveryStore } from "../../../functions/webhooks/deliveries.ts";
import { createEndpointStore, type EndpointStore } from "../../../functions/webhooks/endpoints.ts";
import { createGuardedPost } from "../../../functions/webhooks/guarded-post.ts";
import { contentLifeMs, createOutbox, type Outbox } from "../../../functions/webhooks/outbox.ts";
import { disableAfterMs } from "../../../functions/webhooks/retry.ts";
import { createSigningSecret } from "../../../functions/webhooks/standard-webhooks.ts";
import { createSharedTurns } from "../../../functions/webhooks/turns.ts";
import { type Receiver, startReceiver } from "../../../local/receiver.ts";
import { asDocumented } from "../../support/events.ts";
import { onFreshStateTable } from "../../support/fresh-tables.ts";
import { type VirtualTime, virtualTime } from "../../support/virtual-time.ts";
import { endpoint, itemEvent } from "../../support/webhooks.ts";

let table: StateTable;
let endpoints: EndpointStore;
let outbox: Outbox;
let deliveries: DeliveryStore;
let skewMs: number;
let raised: GatewayEvent[];
const receivers: Receiver[] = [];
const secret = createSigningSecret();
const begun = { forMs: 30_000, begins: "at once" } as const;
/** Real time, which lanes wait in, moved forward where a test says so. */
const now = () => Date.now() + skewMs;

onFreshStateTable((fresh) => {
  table = fresh;
  skewMs = 0;
  raised = [];
  endpoints = createEndpointStore(table);
  outbox = createOutbox(table, now);
  deliveries = createDeliveryStore(table);
});
afterEach(async () => {
  for (const receiver of receivers.splice(0)) await receiver.close();
});

async function receiver(options: Parameters<typeof startReceiver>[0] = {}): Promise<Receiver> {
  const started = await startReceiver({ secret: () => secret, ...options });
  receivers.push(started);
  return started;
}

function deliverer(own: Partial<DelivererDependencies> & { timeoutMs?: number } = {}) {
  return createDeliverer({
    endpoints,
    outbox,
    deliveries,
    send: createHttpSend({
      secrets: { read: async () => ({ current: secret, headers: { "x-own": "yes" } }) },
      post: createGuardedPost({ reach: "loopback" }),
      now,
      timeoutMs: own.timeoutMs ?? 5_000,
    }),
    takeTurns: createSharedTurns(table),
    raise: async (event) => void raised.push(event),
    now,
    random: () => 0.5,
    log: { info: () => undefined, error: (message, details) => console.error(message, details) },
    ...own,
  });
}

/** Runs once, without waiting for retries that are not due. */
const runOnce = (own: Parameters<typeof deliverer>[0] = {}) => deliverer(own).run(now() + 2_000);
const only = async (id = "wh_1") => (await deliveries.page(id, {}, 100)).deliveries;

describe("an event", () => {
  test("arrives signed at every endpoint that wants it, once, however often and however many run", async () => {
    const [one, two] = [await receiver(), await receiver()];
    await endpoints.save(endpoint({ id: "wh_1", url: one.url }));
    await endpoints.save(endpoint({ id: "wh_2", url: two.url, events: ["watch.item.new"] }));
    await endpoints.save(endpoint({ id: "wh_3", url: one.url, events: ["budget.closed"] }));
    const event = itemEvent({ at: now() });
    await outbox.put(event);
    await Promise.all([runOnce(), runOnce(), runOnce()]);
    await runOnce();
    for (const { received } of [one, two]) {
      expect(received).toHaveLength(1);
      expect(received[0]?.verified).toEqual({
        type: event.type,
        timestamp: new Date(event.at).toISOString(),
        data: event.data,
      });
      expect(received[0]?.headers).toMatchObject({
        "webhook-id": event.id,
        "content-type": "application/json",
        "x-own": "yes",
      });
    }
    expect(await only()).toMatchObject([{ status: "delivered", tries: 1, attempts: [{ status: 204 }] }]);
    expect(await only("wh_3")).toEqual([]);
  });

  test("goes only to the endpoints it names", async () => {
    const [one, two] = [await receiver(), await receiver()];
    await endpoints.save(endpoint({ id: "wh_1", url: one.url }));
    await endpoints.save(endpoint({ id: "wh_2", url: two.url }));
    await outbox.put({ ...itemEvent({ at: now() }), targets: ["wh_2"] });
    await runOnce();
    expect([one.received.length, two.received.length]).toEqual([0, 1]);
  });

  test("is fanned out again after a crash between its deliveries, and arrives once at each", async () => {
    const [one, two] = [await receiver(), await receiver()];
    await endpoints.save(endpoint({ id: "wh_1", url: one.url }));
    await endpoints.save(endpoint({ id: "wh_2", url: two.url }));
    const event = itemEvent({ at: now() });
    await outbox.put(event);
    // The crash: the first endpoint has its delivery, the second has not, and nothing was settled.
    await deliveries.open("wh_1", event, now());
    await runOnce();
    expect([one.received.length, two.received.length]).toEqual([1, 1]);
    expect(await outbox.pending(10)).toEqual([]);
  });

  test("is sent without its content once a day has passed", async () => {
    const one = await receiver();
    await endpoints.save(endpoint({ url: one.url }));
    await outbox.put(itemEvent({ at: now() }));
    skewMs = contentLifeMs;
    await runOnce();
    expect(JSON.parse(one.received[0]?.body ?? "").data).toEqual({
      watch: { id: "wat_1", name: "Jobs" },
      itemId: "~01abc",
    });
  });

  test("of many begins in order", async () => {
    const one = await receiver();
    await endpoints.save(endpoint({ url: one.url, inFlight: 1, perSecond: 1_000 }));
    const all = deliverer();
    const targets = await all.targets();
    const at = now();
    for (let index = 0; index < 20; index += 1) {
      const event = itemEvent({ id: `evt_${index}`, at: at + index });
      await outbox.put(event);
      await all.fanOut(event, targets, () => outbox.settle(event));
    }
    await all.settled();
    expect(one.received.map(({ headers }) => headers["webhook-id"])).toEqual(
      Array.from({ length: 20 }, (_, index) => `evt_${index}`),
    );
  });
});

describe("a failing receiver", () => {
  test("is tried again after 5 s with the same id, and every try is recorded", async () => {
    const one = await receiver({
      answer: (response, _received, index) => response.writeHead(index === 0 ? 500 : 200).end(),
    });
    await endpoints.save(endpoint({ url: one.url }));
    await outbox.put(itemEvent({ at: now() }));
    await runOnce();
    expect(await only()).toMatchObject([{ status: "pending", tries: 1, attempts: [{ status: 500 }] }]);
    expect((await endpoints.find("wh_1"))?.failingSince).toBeTypeOf("number");
    skewMs += 5_000;
    await runOnce();
    expect(one.received.map(({ headers }) => headers["webhook-id"])).toEqual(["evt_1", "evt_1"]);
    expect(await only()).toMatchObject([
      { status: "delivered", tries: 2, attempts: [{ status: 500 }, { status: 200 }] },
    ]);
    expect((await endpoints.find("wh_1"))?.failingSince).toBeUndefined();
  });

  test("is dead after eight tries, stays visible and can be replayed", async () => {
    let isWell = false;
    const one = await receiver({ answer: (response) => response.writeHead(isWell ? 200 : 500).end() });
    await endpoints.save(endpoint({ url: one.url }));
    await outbox.put(itemEvent({ at: now() }));
    for (let run = 0; run < 10; run += 1) {
      await runOnce();
      skewMs += 11 * 3_600_000;
    }
    expect(one.received).toHaveLength(8);
    const [dead] = (await deliveries.page("wh_1", { status: "dead" }, 10)).deliveries;
    expect(dead?.attempts).toHaveLength(8);
    isWell = true;
    expect(await deliveries.replay("wh_1", dead?.id ?? "", now())).toBe(true);
    await runOnce();
    expect(await only()).toMatchObject([{ status: "delivered", tries: 1 }]);
    expect((await only())[0]?.attempts).toHaveLength(9);
    expect(await deliveries.replay("wh_1", "000000000000000.none", now())).toBe(false);
  });

  test("that answers 410 is disabled with an event", async () => {
    const one = await receiver({ answer: (response) => response.writeHead(410).end() });
    await endpoints.save(endpoint({ url: one.url }));
    await outbox.put(itemEvent({ at: now() }));
    await runOnce();
    expect(await endpoints.find("wh_1")).toMatchObject({ state: "disabled", disabledBecause: "It answered 410 Gone." });
    expect(asDocumented(raised)).toMatchObject([{ type: "webhook.disabled", data: { webhook: { id: "wh_1" } } }]);
    expect(await only()).toMatchObject([{ status: "dead" }]);
  });

  test("gets what waited while it was disabled, and nothing of what came meanwhile", async () => {
    const one = await receiver();
    await endpoints.save(endpoint({ url: one.url, state: "disabled" }));
    const [waiting, meanwhile] = [itemEvent({ id: "evt_w", at: now() }), itemEvent({ id: "evt_m", at: now() })];
    await outbox.keep(waiting);
    await deliveries.open("wh_1", waiting, now());
    await outbox.put(meanwhile);
    await runOnce();
    expect(one.received).toEqual([]);
    await endpoints.save(endpoint({ url: one.url, version: 2 }));
    await runOnce();
    expect(one.received.map(({ headers }) => headers["webhook-id"])).toEqual(["evt_w"]);
  });

  test("that fails for five days is disabled with one event, not before", async () => {
    const one = await receiver({ answer: (response) => response.writeHead(302, { location: "/elsewhere" }).end() });
    const failing = endpoint({ url: one.url, failingSince: now() - disableAfterMs + 60_000 });
    await endpoints.save(failing);
    await outbox.put(itemEvent({ id: "evt_a", at: now() }));
    await runOnce();
    expect((await endpoints.find("wh_1"))?.state).toBe("enabled");
    skewMs = 61_000;
    await outbox.put(itemEvent({ id: "evt_b", at: now() }));
    await outbox.put(itemEvent({ id: "evt_c", at: now() }));
    await runOnce();
    expect(await endpoints.find("wh_1")).toMatchObject({ state: "disabled" });
    expect(raised).toHaveLength(1);
  });

  test("that asks for a pause gets it", async () => {
    const one = await receiver({ answer: (response) => response.writeHead(429, { "retry-after": "3600" }).end() });
    await endpoints.save(endpoint({ url: one.url }));
    await outbox.put(itemEvent({ at: now() }));
    await runOnce();
    const [waiting] = await only();
    expect((waiting?.dueAt ?? 0) - now()).toBeGreaterThan(3_590_000);
    skewMs = 60_000;
    await runOnce();
    expect(one.received).toHaveLength(1);
  });

  test("that hangs, and one that is dead, hold up nobody", async () => {
    const [hanging, well] = [await receiver({ answer: () => undefined }), await receiver()];
    await endpoints.save(endpoint({ id: "wh_1", url: hanging.url, inFlight: 2 }));
    await endpoints.save(endpoint({ id: "wh_2", url: "http://127.0.0.1:1/" }));
    await endpoints.save(endpoint({ id: "wh_3", url: well.url, perSecond: 1_000 }));
    const all = deliverer({ timeoutMs: 60_000 });
    const targets = await all.targets();
    for (let index = 0; index < 30; index += 1) {
      const event = itemEvent({ id: `evt_${index}`, at: now() });
      await outbox.put(event);
      await all.fanOut(event, targets, () => outbox.settle(event));
    }
    // Two tries hang for a minute; all of the healthy receiver's have arrived meanwhile.
    await well.count(30);
    expect(hanging.received.length).toBeLessThanOrEqual(2);
    expect((await only("wh_1")).filter(({ status }) => status === "pending")).toHaveLength(30);
    await hanging.close();
    await all.settled();
  });
});

describe("on virtual time", () => {
  const begin = 1_700_000_000_000;
  let time: VirtualTime;
  /** A deliverer whose waits take no time, and whose receiver fails so many times; `sent` are the moments of the tries. */
  async function virtual(failures: number) {
    time = virtualTime(begin);
    await endpoints.save(endpoint());
    const inTime = time.slowed(table, 0).table;
    const sent: number[] = [];
    const made = deliverer({
      endpoints: createEndpointStore(inTime),
      outbox: createOutbox(inTime, time.now),
      deliveries: createDeliveryStore(inTime),
      takeTurns: createSharedTurns(inTime),
      now: time.now,
      after: time.after,
      send: async () => {
        sent.push(time.now() - begin);
        await time.wait(100);
        return { status: sent.length <= failures ? 500 : 200 };
      },
    });
    const run = (forMs: number) => time.until(made.run(begin + forMs));
    return { made, run, sent };
  }
  const event = () => itemEvent({ at: begin });

  test("a second try comes 5 s after the first within one run, and the run ends once nothing more is due soon", async () => {
    const { run, sent } = await virtual(5);
    await outbox.put(event());
    expect(await run(60_000)).toMatchObject({ retry: 2, delivered: 0 });
    expect(sent).toEqual([0, 5_100]);
    expect(time.now() - begin, "the third is due in five minutes: nobody waits for it").toBe(5_200);
    expect(await only()).toMatchObject([{ status: "pending", tries: 2, dueAt: begin + 305_200 }]);
  });

  test("a run does not begin a try after its end", async () => {
    const { run, sent } = await virtual(1);
    await outbox.put(event());
    await run(5_000);
    expect([sent, time.now() - begin]).toEqual([[0], 100]);
    expect(await run(60_000)).toMatchObject({ delivered: 1 });
    expect(sent).toEqual([0, 5_100]);
  });

  test("a run without anything due does not wait", async () => {
    const { run } = await virtual(0);
    expect(await run(60_000)).toEqual({ fannedOut: 0, delivered: 0, retry: 0, dead: 0 });
    expect(time.now()).toBe(begin);
  });

  test("a run takes a retry over that another process has left", async () => {
    const { run, sent } = await virtual(0);
    const first = await deliveries.open("wh_1", event(), begin, begun);
    if (first === undefined) throw new Error("not opened");
    await outbox.put(event());
    await outbox.settle(event());
    await deliveries.finish(first, { at: begin, ms: 1, status: 500 }, { kind: "retry", at: begin + 5_000 });
    await run(60_000);
    expect(sent).toEqual([5_000]);
  });

  test("whoever made the first try makes the second too", async () => {
    const { made, sent } = await virtual(1);
    await outbox.put(event());
    await time.until(made.fanOut(event(), await endpoints.list(), () => outbox.settle(event())));
    await time.until(made.goOn(begin + 60_000));
    expect(sent).toEqual([0, 5_100]);
    expect(await only()).toMatchObject([{ status: "delivered", tries: 2 }]);
    await time.until(made.goOn(begin + 60_000));
    expect(sent).toHaveLength(2);
  });
});

describe("a try whose process died", () => {
  test("is made again once its claim has run out, and recorded as unknown", async () => {
    const one = await receiver();
    await endpoints.save(endpoint({ url: one.url }));
    const event = itemEvent({ at: now() });
    await outbox.put(event);
    await deliveries.open("wh_1", event, now(), begun);
    await outbox.settle(event);
    await runOnce();
    expect(one.received, "somebody is on it").toHaveLength(0);
    skewMs = 30_001;
    await runOnce();
    expect(one.received).toHaveLength(1);
    expect(await only()).toMatchObject([
      { status: "delivered", tries: 2, attempts: [{ error: "outcome-unknown" }, { status: 204 }] },
    ]);
  });

  test("cannot undo what whoever took over has noted", async () => {
    const event = itemEvent({ at: now() });
    const slow = await deliveries.open("wh_1", event, now(), { ...begun, forMs: 10 });
    if (slow === undefined) throw new Error("not opened");
    const next = await deliveries.claim("wh_1", slow.id, now() + 20, 30_000);
    if (next === undefined) throw new Error("not claimed");
    expect(await deliveries.finish(next, { at: now(), ms: 1, status: 200 }, { kind: "delivered" })).toBe(true);
    expect(await deliveries.finish(slow, { at: now(), ms: 1, error: "timeout" }, { kind: "dead" })).toBe(false);
    expect(await only()).toMatchObject([{ status: "delivered" }]);
  });
});

describe("deliveries", () => {
  test("are found by status, watch and time, page by page, the newest first", async () => {
    for (let index = 0; index < 5; index += 1) {
      await deliveries.open("wh_1", itemEvent({ id: `evt_${index}`, at: 1_000 + index }), now());
    }
    const first = await deliveries.page("wh_1", {}, 2);
    expect(first.deliveries.map(({ eventId }) => eventId)).toEqual(["evt_4", "evt_3"]);
    const second = await deliveries.page("wh_1", {}, 2, first.cursor);
    expect(second.deliveries.map(({ eventId }) => eventId)).toEqual(["evt_2", "evt_1"]);
    const between = await deliveries.page("wh_1", { from: 1_001, until: 1_002, watchId: "wat_1" }, 10);
    expect(between.deliveries.map(({ eventAt }) => eventAt)).toEqual([1_002, 1_001]);
    expect((await deliveries.page("wh_1", { watchId: "wat_2" }, 10)).deliveries).toEqual([]);
    expect((await deliveries.page("wh_1", { status: "dead" }, 10)).deliveries).toEqual([]);
  });

  test("without a secret are not sent and say why", async () => {
    const one = await receiver();
    await endpoints.save(endpoint({ url: one.url }));
    await outbox.put(itemEvent({ at: now() }));
    const send = createHttpSend({
      secrets: { read: async () => undefined },
      post: createGuardedPost({ reach: "loopback" }),
      now,
    });
    await runOnce({ send });
    expect(one.received).toHaveLength(0);
    expect(await only()).toMatchObject([{ attempts: [{ error: "secret-missing" }] }]);
  });

  test("that wait for room survive a store that fails meanwhile", async () => {
    await endpoints.save(endpoint({ perSecond: 100, inFlight: 1 }));
    const errors: string[] = [];
    const { promise: isAsked, resolve: ask } = Promise.withResolvers<void>();
    const broken = {
      ...deliveries,
      claim: () => {
        ask();
        return Promise.reject(new Error("throttled"));
      },
    };
    const log = { info: () => undefined, error: (message: string) => void errors.push(message) };
    const { promise: answer, resolve: release } = Promise.withResolvers<SendResult>();
    const send = () => answer;
    const telling = deliverer({ deliveries: broken, send, log });
    const targets = await telling.targets();
    for (let index = 0; index < 3; index += 1) {
      await telling.fanOut(itemEvent({ id: `evt_${index}`, at: now() }), targets, async () => undefined);
    }
    release({ status: 200 });
    await isAsked;
    // A rejection that nobody has taken by now would end the process.
    await setImmediate();
    await telling.settled();
    expect(errors).toEqual(["delivery not begun", "delivery not begun"]);
    expect((await only()).map(({ status }) => status).toSorted()).toEqual(["delivered", "pending", "pending"]);
  });

  test("keep to an endpoint's rate", async () => {
    await endpoints.save(endpoint({ perSecond: 20, inFlight: 16 }));
    const begun: number[] = [];
    const send = async (): Promise<SendResult> => {
      begun.push(performance.now());
      return { status: 200 };
    };
    for (let index = 0; index < 6; index += 1) await outbox.put(itemEvent({ id: `evt_${index}`, at: now() }));
    await runOnce({ send });
    expect(begun).toHaveLength(6);
    // Six begins have five pauses of 50 ms between them; a slow machine only makes them longer.
    expect((begun.at(-1) ?? 0) - (begun[0] ?? 0)).toBeGreaterThan(200);
  });

  test("keep to an endpoint's rate together, however many processes send", async () => {
    await endpoints.save(endpoint({ perSecond: 20, inFlight: 16 }));
    const begun: { process: number; at: number }[] = [];
    const processes = [0, 1, 2].map((process) =>
      deliverer({
        send: async (): Promise<SendResult> => {
          begun.push({ process, at: Date.now() });
          return { status: 200 };
        },
      }),
    );
    const startedAt = Date.now();
    await Promise.all(
      processes.map(async (telling, process) => {
        const targets = await telling.targets();
        for (let index = 0; index < 5; index += 1) {
          await telling.fanOut(itemEvent({ id: `evt_${process}_${index}`, at: now() }), targets, async () => undefined);
        }
        await telling.settled();
      }),
    );
    expect(begun).toHaveLength(15);
    expect(new Set(begun.map(({ process }) => process)).size).toBe(3);
    // Fifteen turns of 50 ms, nowhere two at once: a slow machine, or turns that were taken and not used, make it longer.
    expect(Math.max(...begun.map(({ at }) => at)) - startedAt).toBeGreaterThanOrEqual(14 * 50 - 15);
  });
});
