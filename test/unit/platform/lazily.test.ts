import { expect, test, vi } from "vitest";
import { lazily } from "../../../functions/platform/lazily.ts";

test("a lazy function is opened with its first call, and once", async () => {
  const open = vi.fn(async () => async (name: string) => `hello ${name}`);
  const greet = lazily(open);
  expect(open).not.toHaveBeenCalled();
  expect(await Promise.all([greet("Ada"), greet("Grace")])).toEqual(["hello Ada", "hello Grace"]);
  expect(await greet("Joan")).toBe("hello Joan");
  expect(open).toHaveBeenCalledTimes(1);
});

test("an opening that fails is tried again by the next call", async () => {
  const open = vi
    .fn<() => Promise<() => Promise<number>>>()
    .mockRejectedValueOnce(new Error("no such file"))
    .mockResolvedValueOnce(async () => 7);
  const count = lazily(open);
  await expect(count()).rejects.toThrow("no such file");
  expect(await count()).toBe(7);
});

test("a call that fails leaves the function open", async () => {
  const open = vi.fn(async () => async () => {
    throw new Error("refused");
  });
  const call = lazily(open);
  await expect(call()).rejects.toThrow("refused");
  await expect(call()).rejects.toThrow("refused");
  expect(open).toHaveBeenCalledTimes(1);
});
