import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, describe, expect, test } from "vitest";
import { createBusSend } from "../../../functions/webhooks/bus-send.ts";
import { busEndpoint, eventBusOf, withBus } from "../../../functions/webhooks/event-bus.ts";
import { endpoint, itemEvent } from "../../support/webhooks.ts";

const client = new EventBridgeClient({});
const bridge = mockClient(client);
const send = createBusSend(client, "partners");
beforeEach(() => bridge.reset());

describe("an event for a bus", () => {
  test("has the gateway as source, its type as detail type, and id and body as detail", async () => {
    bridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
    const event = itemEvent();
    expect(await send(busEndpoint, event)).toEqual({ status: 200 });
    const [entry] = bridge.commandCalls(PutEventsCommand)[0]?.args[0].input.Entries ?? [];
    expect(entry).toMatchObject({
      EventBusName: "partners",
      Source: "upwork-gateway",
      DetailType: "watch.item.new",
      Time: new Date(event.at),
    });
    expect(JSON.parse(entry?.Detail ?? "")).toEqual({
      id: event.id,
      type: event.type,
      timestamp: "2023-11-14T22:13:20.000Z",
      data: event.data,
    });
  });

  test("is tried again where EventBridge takes it not, or cannot be reached", async () => {
    bridge.on(PutEventsCommand).resolvesOnce({ FailedEntryCount: 1 }).rejects(new Error("throttled"));
    expect(await send(busEndpoint, itemEvent())).toEqual({ error: "unreachable" });
    expect(await send(busEndpoint, itemEvent())).toEqual({ error: "unreachable" });
  });

  test("goes without its item where that is larger than an entry may be", async () => {
    bridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
    await send(busEndpoint, itemEvent({ data: { itemId: "1", item: { text: "x".repeat(300_000) } } }));
    const [entry] = bridge.commandCalls(PutEventsCommand)[0]?.args[0].input.Entries ?? [];
    expect(JSON.parse(entry?.Detail ?? "").data).toEqual({ itemId: "1" });
  });
});

test("a bus stands beside the stored endpoints where there is one", async () => {
  const stored = { list: async () => [endpoint()] };
  expect(await withBus(stored, undefined).list()).toEqual([endpoint()]);
  expect(await withBus(stored, "default").list()).toEqual([endpoint(), busEndpoint]);
  expect(eventBusOf({ GATEWAY_EVENT_BUS: "" })).toBeUndefined();
  expect(eventBusOf({ GATEWAY_EVENT_BUS: "default" })).toBe("default");
});
