import fc from "fast-check";
import { expect, test } from "vitest";
import { compress, decompress } from "../../../functions/proxy/compression.ts";

test("any body comes back as it was", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array(), async (body) => {
      expect(Buffer.from(await decompress(await compress(body)))).toEqual(Buffer.from(body));
    }),
  );
});

test("a large answer becomes less than half as large", async () => {
  const jobs = Array.from({ length: 40_000 }, (_, id) => ({
    id: id * 7_919,
    title: `Job ${Math.sin(id)}`,
    skills: ["a"],
  }));
  const body = Buffer.from(JSON.stringify(jobs)).subarray(0, 4_400_000);
  const compressed = await compress(body);
  expect(compressed.byteLength).toBeLessThan(body.byteLength / 2);
  expect(Buffer.from(await decompress(compressed)).equals(body)).toBe(true);
});
