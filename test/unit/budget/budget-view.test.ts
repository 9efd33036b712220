import { expect, test } from "vitest";
import { viewBudget, viewBudgetFor } from "../../../functions/budget/budget-view.ts";
import type { ShareState } from "../../../functions/budget/standing.ts";
import { defaultShare } from "../../../functions/platform/share-schema.ts";

const day = { name: "day", quota: 1_000, windowSeconds: 86_400, used: 400, left: 250, resetsInMs: 1_001 };
const snapshot = { limits: [day], gate: { state: "closed" as const, retryAfterMs: 59_001 } };
const state: ShareState = {
  share: { ...defaultShare, priority: "batch", cap: 90 },
  limits: [day],
  usedToday: 40,
  sparedToday: 0,
  guaranteed: { units: 100, used: 30, left: 70 },
  cap: { units: 90, left: 50, resetsInMs: 3_600_000 },
  pool: { units: 544, used: 364, left: 180 },
};

test("a client sees every limit, which one binds, the gate and its own share", () => {
  expect(viewBudgetFor(snapshot, "nightly", state)).toEqual({
    client: "nightly",
    limits: [{ name: "day", quota: 1_000, window_seconds: 86_400, used: 400, left: 250, resets_in_seconds: 2 }],
    binding: "day",
    gate: { state: "closed", retry_after_seconds: 60 },
    share: {
      priority: "batch",
      mode: "enforce",
      used_today: 40,
      spared_today: 0,
      guaranteed: { units: 100, used: 30, left: 70 },
      pool: { units: 544, used: 364, left: 180 },
      cap: { units: 90, left: 50, resets_in_seconds: 3_600 },
    },
  });
});

test("an admin sees the limits and the gate", () => {
  expect(Object.keys(viewBudget(snapshot))).toEqual(["limits", "binding", "gate"]);
});
