import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { mockClient } from "aws-sdk-client-mock";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createBusSend } from "../../../functions/webhooks/bus-send.ts";
import { createDeliverer } from "../../../functions/webhooks/deliverer.ts";
import { createDeliveryStore } from "../../../functions/webhooks/deliveries.ts";
import { deliveryRoutes } from "../../../functions/webhooks/delivery-routes.ts";
import { createEndpointStore } from "../../../functions/webhooks/endpoints.ts";
import { withBus } from "../../../functions/webhooks/event-bus.ts";
import { createOutbox } from "../../../functions/webhooks/outbox.ts";
import { ownTurns } from "../../../functions/webhooks/turns.ts";
import { adminApi } from "../../support/admin-api.ts";
import { createStateTable, openDynamo, type TestDynamo } from "../../support/stores.ts";
import { itemEvent } from "../../support/webhooks.ts";

// Events for the bus, of which EventBridge takes none at first: seen and replayed as those for any webhook.
const client = new EventBridgeClient({ maxAttempts: 1 });
const bridge = mockClient(client);
const now = Date.parse("2026-11-24T12:00:00Z");
let dynamo: TestDynamo;
let admin: ReturnType<typeof adminApi>;
let withoutBus: ReturnType<typeof adminApi>;
let deliver: () => Promise<unknown>;

beforeAll(async () => (dynamo = await openDynamo()));
afterAll(() => dynamo.close());
beforeEach(async () => {
  bridge.reset();
  const table = await createStateTable(dynamo.client);
  const endpoints = createEndpointStore(table);
  const deliveries = createDeliveryStore(table);
  const outbox = createOutbox(table, () => now);
  for (const id of ["evt_1", "evt_2"]) await outbox.put(itemEvent({ id, at: now }));
  admin = adminApi({ endpoints, deliveries, eventBus: "default" }, deliveryRoutes);
  withoutBus = adminApi({ endpoints, deliveries, eventBus: undefined }, deliveryRoutes);
  deliver = () =>
    createDeliverer({
      endpoints: withBus(endpoints, "default"),
      outbox,
      deliveries,
      send: createBusSend(client, "default"),
      takeTurns: ownTurns,
      raise: async () => undefined,
      now: Date.now,
      random: () => 0.5,
      log: { info: () => undefined, error: () => undefined },
      // The first try is the last.
      pauses: [],
    }).run(Date.now() + 2_000);
});
const sent = () =>
  bridge.commandCalls(PutEventsCommand).flatMap(({ args }) => {
    const { Entries = [] } = args[0].input;
    return Entries.map(({ Detail = "{}" }) => (JSON.parse(Detail) as { id: string }).id);
  });

test("deliveries to the bus are listed, and replayed singly and by filter", async () => {
  bridge.on(PutEventsCommand).rejects(new Error("throttled"));
  await deliver();
  const dead = (await admin("GET", "/admin/webhooks/bus/deliveries", { query: "status=dead" })).body.items ?? [];
  expect(dead).toMatchObject([
    { eventId: "evt_2", status: "dead", attempts: [{ error: "unreachable" }] },
    { eventId: "evt_1", status: "dead", watch: "wat_1" },
  ]);
  bridge.reset();
  bridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
  const one = await admin("POST", `/admin/webhooks/bus/deliveries/${String(dead[1]?.id)}/replay`, { now: Date.now() });
  expect(one).toMatchObject({ status: 202, body: { status: "pending", tries: 0 } });
  await deliver();
  expect(sent()).toEqual(["evt_1"]);
  expect((await admin("POST", "/admin/webhooks/bus/replay", { body: {} })).body).toEqual({ replayed: 1, more: false });
  await deliver();
  expect(sent()).toEqual(["evt_1", "evt_2"]);
  const all = await admin("GET", "/admin/webhooks/bus/deliveries");
  expect(all.body.items?.map(({ status }) => status)).toEqual(["delivered", "delivered"]);
});

test("where there is no bus, that is said", async () => {
  for (const [method, path] of [
    ["GET", "deliveries"],
    ["POST", "replay"],
    ["POST", `deliveries/${String(now).padStart(15, "0")}.evt_1/replay`],
  ] as const) {
    const call = path === "replay" ? { body: {} } : {};
    expect(await withoutBus(method, `/admin/webhooks/bus/${path}`, call)).toMatchObject({
      status: 404,
      body: { detail: expect.stringContaining("no event bus") },
    });
  }
});
