import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isFresh, mayServeStale, noWishes, readCacheControl } from "../../../functions/proxy/cache-control.ts";
import { cacheKey, entityTag, isNamed } from "../../../functions/proxy/cache-key.ts";
import { cacheRules, maxCachedSeconds } from "../../../functions/proxy/cache-rules.ts";
import type { UpstreamCall } from "../../../functions/proxy/call.ts";
import { createMemoryCache } from "../../../functions/proxy/memory-cache.ts";
import { upworkPaths } from "../../../functions/proxy/upwork-paths.ts";

describe("the rules", () => {
  test("keep nothing longer than Upwork's terms allow", () => {
    for (const { ttlSeconds, staleSeconds } of Object.values(cacheRules)) {
      expect(ttlSeconds + staleSeconds).toBeLessThanOrEqual(24 * 3_600);
    }
    expect(maxCachedSeconds).toBe(24 * 3_600);
  });

  test("are for paths that exist, and never for messages, finance, reports or the work diary", () => {
    const permissionOf = new Map(upworkPaths.map(({ path, methods }) => [path, methods.GET]));
    const cached = Object.keys(cacheRules).map((path) => permissionOf.get(path));
    expect(new Set(cached)).toEqual(new Set(["publicData", "structure"]));
  });
});

describe("Cache-Control of a request", () => {
  test.each([
    [undefined, noWishes],
    ["no-cache", { ...noWishes, noCache: true }],
    ["No-Store, max-age=0", { ...noWishes, noStore: true, maxAgeSeconds: 0 }],
    ['only-if-cached, stale-if-error="60"', { ...noWishes, onlyIfCached: true, staleIfErrorSeconds: 60 }],
    ["max-age=-1, max-stale, public, =, ", noWishes],
  ])("%j is read", (header, wishes) => expect(readCacheControl(header)).toEqual(wishes));

  test("makes an answer usable or not by its age", () => {
    const times = { storedAt: 0, freshUntil: 60_000, staleUntil: 120_000 };
    fc.assert(
      fc.property(fc.nat(150_000), fc.option(fc.nat(150), { nil: undefined }), (now, maxAgeSeconds) => {
        const wishes = maxAgeSeconds === undefined ? noWishes : { ...noWishes, maxAgeSeconds };
        const isYoungEnough = maxAgeSeconds === undefined || now <= maxAgeSeconds * 1000;
        expect(isFresh(times, wishes, now)).toBe(now < 60_000 && isYoungEnough);
        expect(mayServeStale(times, wishes, now)).toBe(now < 120_000 && isYoungEnough);
        expect(mayServeStale(times, { ...wishes, staleIfErrorSeconds: 30 }, now)).toBe(now < 90_000);
        expect(isFresh(times, { ...wishes, noCache: true }, now)).toBe(false);
        expect(mayServeStale(times, { ...wishes, noStore: true }, now)).toBe(false);
      }),
    );
  });
});

describe("the key of a call", () => {
  const call: UpstreamCall = {
    method: "GET",
    path: "/api/a",
    query: [],
    body: { form: [] },
    headers: {},
    connection: "acme",
  };
  const credentials = { auth: "oauth1", token: { key: "t", secret: "s" } } as const;
  const pairs = fc.array(fc.tuple(fc.constantFrom("a", "b", "ab"), fc.string({ maxLength: 2 })), { maxLength: 5 });

  test("is the same for the same parameters in another order, and for no others", () => {
    const canonical = (query: readonly (readonly [string, string])[]) =>
      JSON.stringify(["a", "b", "ab"].map((name) => query.filter(([known]) => known === name)));
    fc.assert(
      fc.property(pairs, pairs, (one, other) => {
        const areSame =
          cacheKey({ ...call, query: one }, credentials) === cacheKey({ ...call, query: other }, credentials);
        expect(areSame).toBe(canonical(one) === canonical(other));
      }),
    );
  });
});

test("an entity tag is named by If-None-Match as RFC 9110 compares weakly", () => {
  const tag = entityTag(Buffer.from("body"));
  expect(isNamed(`"a", W/${tag} , "b"`, tag)).toBe(true);
  expect(isNamed("*", tag)).toBe(true);
  expect(isNamed('"a"', tag)).toBe(false);
  expect(isNamed(undefined, tag)).toBe(false);
  expect(entityTag(Buffer.from("other"))).not.toBe(tag);
});

describe("the cache in memory", () => {
  test("never holds more bytes than its bound, and always what was used last", () => {
    const steps = fc.array(fc.tuple(fc.nat(20).map(String), fc.nat(2_000)), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (sets) => {
        const cache = createMemoryCache<number>(5_000);
        for (const [key, bytes] of sets) {
          cache.set(key, bytes, bytes);
          expect(cache.size()).toBeLessThanOrEqual(5_000);
          expect(cache.get(key)).toBe(bytes);
        }
      }),
    );
  });

  test("forgets what was not used for longest, and takes nothing larger than itself", () => {
    const cache = createMemoryCache<string>(1_000);
    cache.set("a", "a", 100);
    cache.set("b", "b", 100);
    cache.get("a");
    cache.set("c", "c", 100);
    expect([cache.get("a"), cache.get("b"), cache.get("c")]).toEqual(["a", undefined, "c"]);
    cache.set("c", "too large", 1_000);
    expect(cache.get("c")).toBeUndefined();
  });
});
