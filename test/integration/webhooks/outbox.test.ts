import { beforeEach, describe, expect, test } from "vitest";
import { getItem, putItem, type StateTable } from "../../../functions/platform/state-table.ts";
import { createEndpointStore, type EndpointStore } from "../../../functions/webhooks/endpoints.ts";
import { openRaiseEvent } from "../../../functions/webhooks/open-raise.ts";
import {
  contentLifeMs,
  createOutbox,
  createRaiseEvent,
  eventLifeMs,
  type Outbox,
} from "../../../functions/webhooks/outbox.ts";
import { onFreshStateTable } from "../../support/fresh-tables.ts";
import { endpoint, itemEvent } from "../../support/webhooks.ts";

let table: StateTable;
let endpoints: EndpointStore;
let outbox: Outbox;
let now: number;
const event = itemEvent();

onFreshStateTable((fresh) => {
  table = fresh;
  now = event.at;
  outbox = createOutbox(table, () => now);
  endpoints = createEndpointStore(table);
});

describe("the outbox", () => {
  test("stores an event once, however many callers put it at the same time", async () => {
    const results = await Promise.all(Array.from({ length: 8 }, () => outbox.put(event)));
    expect(results.filter((isNew) => isNew)).toHaveLength(1);
    expect(await outbox.pending(10)).toEqual([event.id]);
    expect(await outbox.find(event.id)).toEqual(event);
  });

  test("gives Upwork's content back as it came, with numbers and names that DynamoDB does not take", async () => {
    const odd = JSON.parse(
      '{"id":12345678901234567890,"tiny":5e-324,"huge":1e300,"":{"__proto__":[null]},"half":"\\ud800"}',
    );
    for (const [index, item] of [odd, [], null, "", 0].entries()) {
      const told = itemEvent({ id: `evt_odd_${index}`, data: { ...event.data, item } });
      await outbox.put(told);
      expect(await outbox.find(told.id)).toEqual(told);
      expect(JSON.stringify((await outbox.find(told.id))?.data.item)).toBe(JSON.stringify(item));
    }
  });

  test("drops the content of an event that was stored before content was a text", async () => {
    const key = { pk: `EVENT#${event.id}`, sk: "-" };
    const due = { dueKey: "EVENT-CONTENT", dueAt: event.at + contentLifeMs };
    await putItem(table, { ...key, ...event, ...due, expiresAt: Math.ceil((event.at + eventLifeMs) / 1000) });
    expect(await outbox.find(event.id)).toEqual(event);
    now = event.at + contentLifeMs;
    expect(await outbox.dropOldContent(10)).toBe(1);
    expect((await getItem(table, key))?.data).not.toHaveProperty("item");
  });

  test("names pending events from the oldest to the newest, and settled ones no more", async () => {
    now = event.at + 10;
    const [second, first] = [
      itemEvent({ id: "evt_a", at: event.at + 2 }),
      itemEvent({ id: "evt_b", at: event.at + 1 }),
    ];
    await outbox.put(second);
    await outbox.put(first);
    expect(await outbox.pending(10)).toEqual(["evt_b", "evt_a"]);
    await outbox.settle(first);
    await outbox.settle(first);
    expect(await outbox.pending(10)).toEqual(["evt_a"]);
  });

  test("drops content after a day and keeps what the gateway said itself", async () => {
    await outbox.put(event);
    await outbox.settle(event);
    now = event.at + contentLifeMs - 1;
    expect(await outbox.dropOldContent(10)).toBe(0);
    expect((await outbox.find(event.id))?.data).toHaveProperty("item");
    now += 1;
    expect((await outbox.find(event.id))?.data).toEqual({ watch: { id: "wat_1", name: "Jobs" }, itemId: "~01abc" });
    expect(await outbox.dropOldContent(10)).toBe(1);
    expect(await outbox.dropOldContent(10)).toBe(0);
    now = event.at;
    expect((await outbox.find(event.id))?.data, "gone from the table itself").not.toHaveProperty("item");
  });

  test("forgets an event after thirty days", async () => {
    await outbox.put(event);
    now = event.at + eventLifeMs + 1_000;
    expect(await outbox.find(event.id)).toBeUndefined();
  });
});

describe("raising an event", () => {
  const lines: [string, Record<string, unknown>][] = [];
  const raise = (one = event) =>
    createRaiseEvent({ outbox, endpoints, log: { info: (message, details) => lines.push([message, details]) } })(one);
  beforeEach(() => void lines.splice(0));

  test("only logs it, without its data, while no endpoint wants it", async () => {
    await endpoints.save(endpoint({ id: "wh_1", events: ["budget.closed"] }));
    await endpoints.save(endpoint({ id: "wh_2", state: "disabled" }));
    await raise();
    expect(await outbox.find(event.id)).toBeUndefined();
    expect(lines).toEqual([["event", { eventId: "evt_1", eventType: "watch.item.new", isNew: false }]]);
  });

  test("stores it once where an endpoint wants it", async () => {
    await endpoints.save(endpoint({ events: ["watch.item.new"] }));
    await raise();
    await raise();
    expect(await outbox.pending(10)).toEqual([event.id]);
    expect(lines.map(([, { isNew }]) => isNew)).toEqual([true, false]);
  });

  test("works the same as it is wired for functions", async () => {
    await endpoints.save(endpoint());
    await openRaiseEvent(table)(event);
    expect(await outbox.find(event.id)).toEqual(event);
  });
});

describe("the endpoint store", () => {
  test("lists, replaces by version, and removes", async () => {
    expect(await endpoints.save(endpoint())).toBe(true);
    expect(await endpoints.save(endpoint()), "an id is given once").toBe(false);
    expect(await endpoints.save(endpoint({ version: 2, name: "Renamed" }))).toBe(true);
    expect(await endpoints.save(endpoint({ version: 2, name: "Too late" }))).toBe(false);
    expect((await endpoints.list()).map(({ name }) => name)).toEqual(["Renamed"]);
    expect((await endpoints.find("wh_1"))?.version).toBe(2);
    await endpoints.remove("wh_1");
    expect(await endpoints.find("wh_1")).toBeUndefined();
  });
});
