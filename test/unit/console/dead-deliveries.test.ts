import { expect, test } from "vitest";
import { deadSection, findDead } from "../../../functions/console/dead-deliveries.ts";
import type { Delivery } from "../../../functions/webhooks/deliveries.ts";
import { endpoint } from "../../support/webhooks.ts";

const delivery = (endpointId: string, eventAt: number): Delivery => ({
  endpointId,
  id: `${eventAt}.evt`,
  eventId: `evt_${eventAt}`,
  eventType: "watch.item.new",
  eventAt,
  status: "dead",
  tries: 8,
  attempts: [{ at: eventAt, ms: 15_000, error: "timeout" }],
});

test("the newest ten dead deliveries of all endpoints are found, and only dead ones are asked for", async () => {
  const asked: unknown[] = [];
  const page = async (id: string, filter: object, limit: number) => {
    asked.push([id, filter, limit]);
    const offset = id === "wh_1" ? 0 : 1;
    return { deliveries: [7, 6, 5, 4, 3, 2, 1].map((at) => delivery(id, at * 10 + offset)) };
  };
  const found = await findDead({ page }, [endpoint({ id: "wh_1" }), endpoint({ id: "wh_2" })]);
  expect(found.map(({ delivery: { eventAt } }) => eventAt)).toEqual([71, 70, 61, 60, 51, 50, 41, 40, 31, 30]);
  expect(asked).toEqual([
    ["wh_1", { status: "dead" }, 200],
    ["wh_2", { status: "dead" }, 200],
  ]);
});

test("each receiver's commands stand there once, what it is called is text, and a disabled one is enabled first", () => {
  const gone = endpoint({ id: "wh_2", name: "<b>Gone</b>", state: "disabled" });
  const { text } = deadSection([
    { endpoint: endpoint(), delivery: delivery("wh_1", 1) },
    { endpoint: endpoint(), delivery: delivery("wh_1", 2) },
    { endpoint: gone, delivery: delivery("wh_2", 3) },
  ]);
  expect(text.match(/<pre>.*?<\/pre>/g)).toEqual([
    "<pre>upwork-gateway webhooks replay wh_1</pre>",
    "<pre>upwork-gateway webhooks enable wh_2</pre>",
    "<pre>upwork-gateway webhooks replay wh_2</pre>",
  ]);
  expect(text).toContain("<strong>&lt;b&gt;Gone&lt;/b&gt;</strong>");
  expect(text).toContain("8 tries · the last: timeout");
});
