import { expect, test } from "vitest";
import { createDeliveryStore, type DeliveryStore } from "../../../functions/webhooks/deliveries.ts";
import { onFreshStateTable } from "../../support/fresh-tables.ts";

let deliveries: DeliveryStore;
onFreshStateTable((table) => {
  deliveries = createDeliveryStore(table);
});

test.each([
  ["ends before it begins", { from: Date.parse("4063-12-18T06:37:08Z"), until: Date.parse("2026-11-24T10:00:00Z") }],
  ["ends before 1970", { until: Date.parse("0185-11-14T20:16:37Z") }],
  ["begins before 1970", { from: Date.parse("0229-10-28T10:47:19Z") }],
  ["ends after all time", { until: Number.MAX_SAFE_INTEGER }],
])("a list over a time that %s is empty, not an error", async (_what, filter) => {
  expect(await deliveries.page("wh_1", filter, 20)).toMatchObject({ deliveries: [] });
});

test.each(["2026-11-24T10:08:49.142Z#another list's", "000000000000001.evt", "~"])(
  "a cursor outside of the time that is asked for (%s) leads nowhere",
  async (cursor) => {
    const time = { from: 1_700_000_000_000, until: 1_800_000_000_000 };
    expect(await deliveries.page("wh_1", time, 20, cursor)).toEqual({ deliveries: [] });
  },
);
