import { expect, test } from "vitest";
import { createAttempts } from "../../../functions/clients/attempts.ts";
import type { StateTable } from "../../../functions/platform/state-table.ts";

const limit = { wrongKeys: 3, windowMs: 60_000 };

test("an address may send as many wrong keys as were set, and then waits for the window to end", async () => {
  let now = 1_000_000;
  const attempts = createAttempts(limit, () => now);
  for (let count = 0; count < 3; count += 1) await attempts.noteWrong("a");
  attempts.require("a");
  await expect(attempts.noteWrong("a")).rejects.toMatchObject({
    kind: "too-many-attempts",
    headers: { "retry-after": "20" },
  });
  expect(() => attempts.require("a")).toThrow("wrong keys");
  attempts.require("b");
  now = 1_020_000;
  attempts.require("a");
});

test("counting goes on in this process where the shared store fails", async () => {
  const broken = { name: "t", dynamo: { send: () => Promise.reject(new Error("down")) } } as unknown as StateTable;
  const attempts = createAttempts({ ...limit, shared: { table: broken, name: "x" } }, () => 0);
  for (let count = 0; count < 3; count += 1) await attempts.noteWrong("a");
  await expect(attempts.noteWrong("a")).rejects.toMatchObject({ status: 429 });
});
