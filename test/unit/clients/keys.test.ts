import fc from "fast-check";
import { expect, test } from "vitest";
import { createKey, hashKey, isSameHash, parseKey } from "../../../functions/clients/keys.ts";

test("makes keys that say what they are and that only a hash is kept of", () => {
  const { key, id, hash } = createKey("live");
  expect(key).toMatch(/^ugw_live_[a-z0-9]{10}_[0-9A-Za-z]{49}$/);
  expect(parseKey(key)).toEqual({ kind: "live", id });
  expect(isSameHash(hashKey(key), hash)).toBe(true);
  expect(hash).not.toContain(key.slice(-20));
});

test("recognises every typo of one character", () => {
  const { key } = createKey("test");
  fc.assert(
    fc.property(fc.nat(key.length - 1), fc.constantFrom(..."abcXYZ019_-"), (at, char) => {
      fc.pre(key[at] !== char);
      expect(parseKey(key.slice(0, at) + char + key.slice(at + 1))).toBeUndefined();
    }),
  );
});

test("takes nothing that is no key", () => {
  fc.assert(fc.property(fc.string(), (text) => parseKey(text) === undefined));
  expect(parseKey(createKey("live").key.toLowerCase())).toBeUndefined();
});
