import fc from "fast-check";
import { expect, test } from "vitest";
import { createNonceMemory } from "../../../../sandbox/oauth1/nonces.ts";

const skewSeconds = 600;

test("knows a nonce again, whatever else came in between", () => {
  const memory = createNonceMemory();
  for (let number = 0; number < 5_000; number += 1) {
    expect(memory.remember("key token", 1_700_000_000 + (number % 50), `nonce-${number}`, skewSeconds)).toBe(true);
  }
  expect(memory.size()).toBe(5_000);
  for (let number = 0; number < 5_000; number += 1) {
    expect(memory.remember("key token", 1_700_000_000 + (number % 50), `nonce-${number}`, skewSeconds)).toBe(false);
  }
});

test("keeps different signers, timestamps and nonces apart", () => {
  const memory = createNonceMemory();
  const request = fc.tuple(fc.string(), fc.nat(1_000), fc.string());
  const seen = new Set<string>();
  fc.assert(
    fc.property(request, ([signer, timestamp, nonce]) => {
      // The three are joined by a space; what a signer's name holds is the sandbox's own to choose.
      const name = `${signer} ${timestamp} ${nonce}`;
      expect(memory.remember(signer, timestamp, nonce, 10_000)).toBe(!seen.has(name));
      seen.add(name);
    }),
  );
});

test("holds no more than what could still come, however long it runs", () => {
  const memory = createNonceMemory();
  let most = 0;
  for (let second = 0; second < 20_000; second += 1) {
    memory.remember("key", second, "a", skewSeconds);
    most = Math.max(most, memory.size());
  }
  // Back and ahead of now by the skew, and the rest of the span that the oldest of them is in.
  expect(most).toBeLessThanOrEqual(2 * skewSeconds + 600 + 1);
});

test("keeps them longer where a wider skew is allowed", () => {
  const memory = createNonceMemory();
  memory.remember("key", 0, "a", 86_400);
  memory.remember("key", 86_400, "b", 86_400);
  expect(memory.remember("key", 0, "a", 86_400)).toBe(false);
});
