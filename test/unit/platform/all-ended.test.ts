import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { allEnded } from "../../../functions/platform/all-ended.ts";

test("waits for those that are under way before it throws what the first that failed threw", async () => {
  const ended: string[] = [];
  const slow = setImmediate().then(() => ended.push("slow"));
  await expect(
    allEnded([slow, Promise.reject(new Error("first")), Promise.reject(new Error("second"))]),
  ).rejects.toThrow("first");
  expect(ended).toEqual(["slow"]);
  await allEnded([Promise.resolve()]);
});
