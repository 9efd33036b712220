import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { createDeliveryStore, type DeliveryStore, deliveryId } from "../../../functions/webhooks/deliveries.ts";
import { deliveryRoutes } from "../../../functions/webhooks/delivery-routes.ts";
import { adminApi } from "../../support/admin-api.ts";

const t0 = Date.parse("2026-11-24T12:00:00Z");

test("replaying looks at so many deliveries at most, and says where to go on though it found none", async () => {
  let pages = 0;
  // A receiver to which everything was delivered, for longer than one request can look through.
  const deliveries: DeliveryStore = {
    ...createDeliveryStore({ dynamo: new DynamoDBClient(), name: "none" }),
    page: async () => {
      pages += 1;
      return { deliveries: [], cursor: deliveryId({ id: "evt", at: t0 - pages * 60_000 }) };
    },
  };
  const admin = adminApi({ deliveries, eventBus: "default" }, deliveryRoutes);
  const { status, body } = await admin("POST", "/admin/webhooks/bus/replay", { body: {} });
  expect(status).toBe(202);
  expect(pages).toBe(100);
  expect(body).toEqual({ replayed: 0, more: true, until: "2026-11-24T10:20:00.000Z" });
});
