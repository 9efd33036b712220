import { randomBytes } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fullAccess } from "../../../functions/clients/access.ts";
import { createClient } from "../../../functions/clients/client-keys.ts";
import type { HttpRequest } from "../../../functions/platform/http.ts";
import { Problem } from "../../../functions/platform/problem.ts";
import { noWishes } from "../../../functions/proxy/cache-control.ts";
import { type CacheStore, createCacheStore } from "../../../functions/proxy/cache-store.ts";
import { createCaching } from "../../../functions/proxy/caching.ts";
import { createMemoryCache } from "../../../functions/proxy/memory-cache.ts";
import { proxyCall } from "../../../functions/proxy/proxy.ts";
import { bodyOf, countAnswers, openProxyWorld, type ProxyWorld } from "../../support/proxy-world.ts";

const unchecked = { name: "Raw", connection: "acme", access: fullAccess, checks: false } as const;

let world: ProxyWorld;

beforeAll(async () => {
  world = await openProxyWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.reset();
  countAnswers(world, { "x-own": "1" });
});

const path = "/api/profiles/v2/search/jobs";
const ttlMs = 60_000;
const search = (headers: Record<string, string> = {}, rest: Partial<HttpRequest> = {}) =>
  world.call({ path, rawQuery: "q=node", ...rest, headers });
const inAnotherProcess = (headers: Record<string, string> = {}) =>
  proxyCall(world.another(), world.request({ path, rawQuery: "q=node", headers }));

describe("an answer that may be cached", () => {
  test("is served again for nothing, with its age, from memory and to other processes", async () => {
    const first = await search();
    expect(first.headers).toMatchObject({
      "gateway-cost": "1",
      "cache-status": "upwork-gateway; fwd=uri-miss; stored",
    });
    world.advance(10_000);
    for (const again of [await search(), await inAnotherProcess()]) {
      expect(again).toMatchObject({ status: 200, headers: { "gateway-cost": "0", age: "10", "x-own": "1" } });
      expect(again.headers?.["cache-status"]).toMatch(/^upwork-gateway; hit; ttl=(50|49)$/);
      expect(bodyOf(again)).toBe('{"served":1}');
      expect(again.headers).toHaveProperty("ratelimit");
    }
    expect(await world.used()).toBe(1);
    expect(world.records.map(({ cache, cost }) => [cache, cost])).toEqual([
      ["miss", 1],
      ["hit", 0],
      ["hit", 0],
    ]);
  });

  test("is the same whatever the order of its parameters, and another with other values, format or tenant", async () => {
    await search({}, { rawQuery: "b=2&a=1&a=0" });
    await search({}, { rawQuery: "a=1&b=2&a=0" });
    expect(world.received).toHaveLength(1);
    await search({}, { rawQuery: "a=0&a=1&b=2" });
    await search({}, { path: `${path}.json`, rawQuery: "a=1&b=2&a=0" });
    await search({ "x-upwork-api-tenantid": "7" }, { rawQuery: "a=1&b=2&a=0" });
    expect(world.received).toHaveLength(4);
  });

  test("is no other connection's, and not the same connection's once it belongs to another account", async () => {
    await search();
    await search({ "connection-id": "today" });
    expect(world.received).toHaveLength(2);
    const account = { reference: "2", name: "Bruno", profileUrl: "" };
    const credentials = { auth: "oauth1", token: { key: "another", secret: "s" } } as const;
    await world.connections.save("acme", credentials, account, 0);
    await search();
    expect(world.received).toHaveLength(3);
  });

  test("is nobody's answer to a call with a body, nor the other way round", async () => {
    await createClient(world.dependencies.table, { ...unchecked, id: "raw" }, "test").then(({ key }) => {
      world.key = key;
    });
    const form = { "content-type": "application/x-www-form-urlencoded" };
    await search(form, { body: Buffer.from("q=poison") });
    await search();
    await search(form, { body: Buffer.from("q=poison") });
    expect(world.received).toHaveLength(3);
  });

  test("is never one to a call that may be taken for a write", async () => {
    const removal = () => search({}, { rawQuery: "q=node&http_method=DELETE" });
    expect((await removal()).headers).toMatchObject({ "cache-status": "upwork-gateway; fwd=method" });
    await removal();
    expect(world.received).toHaveLength(2);
  });

  test("ends with its time to live", async () => {
    await search();
    world.advance(ttlMs + 1);
    const again = await search();
    expect(bodyOf(again)).toBe('{"served":2}');
    expect(again.headers?.["cache-status"]).toBe("upwork-gateway; fwd=stale; stored");
    expect(await inAnotherProcess().then(bodyOf)).toBe('{"served":2}');
  });

  test("that came late is not new", async () => {
    world.answer = (_request, response) => {
      world.advance(ttlMs + 1);
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    };
    await search();
    await search();
    expect(world.received).toHaveLength(2);
  });

  test("has an entity tag, and is not sent again to who has it", async () => {
    const { headers } = await search();
    const etag = headers?.etag ?? "";
    expect(etag).toMatch(/^"[\w-]{27}"$/);
    const known = await search({ "if-none-match": `"x", W/${etag}` });
    expect(known).toMatchObject({ status: 304, body: "", headers: { etag, "gateway-cost": "0" } });
    expect(await search({ "if-none-match": '"x"' })).toMatchObject({ status: 200 });
  });
});

describe("Cache-Control", () => {
  test("no-cache asks Upwork, and what it says is kept", async () => {
    await search();
    const fresh = await search({ "cache-control": "no-cache" });
    expect(fresh.headers).toMatchObject({ "gateway-cost": "1", "cache-status": "upwork-gateway; fwd=request; stored" });
    expect(await search().then(bodyOf)).toBe('{"served":2}');
  });

  test("no-store leaves the cache as it is", async () => {
    await search();
    const { headers } = await search({ "cache-control": "no-store" });
    expect(headers).toMatchObject({ "gateway-cost": "1", "cache-status": "upwork-gateway; fwd=request" });
    expect(await search().then(bodyOf)).toBe('{"served":1}');
  });

  test("max-age takes nothing older", async () => {
    await search();
    world.advance(20_000);
    await search({ "cache-control": "max-age=30" });
    expect(world.received).toHaveLength(1);
    await search({ "cache-control": "max-age=10" });
    expect(world.received).toHaveLength(2);
  });

  test("only-if-cached never costs anything", async () => {
    const wish = { "cache-control": "only-if-cached" };
    await expect(search(wish)).rejects.toMatchObject({ kind: "not-cached", status: 504 });
    await search();
    expect(await inAnotherProcess(wish)).toMatchObject({ status: 200, headers: { "gateway-cost": "0" } });
    expect(await world.used()).toBe(1);
    const uncached = search(wish, { path: "/api/hr/v2/jobs" });
    await expect(uncached).rejects.toMatchObject({ kind: "not-cached" });
    expect(world.received).toHaveLength(1);
  });

  test.each(["no-cache", "no-store"])("only-if-cached with %s never costs anything either", async (wish) => {
    await search();
    await expect(search({ "cache-control": `${wish}, only-if-cached` })).rejects.toMatchObject({ kind: "not-cached" });
    expect(await world.used()).toBe(1);
  });

  test("only-if-cached lets no write through", async () => {
    const write = { method: "POST", path: "/api/hr/v2/jobs", headers: { "cache-control": "only-if-cached" } };
    await expect(world.call(write)).rejects.toMatchObject({ kind: "not-cached" });
    expect(world.received).toHaveLength(0);
  });
});

describe("is never kept:", () => {
  const serve = (status: number, type: string, body: string | Buffer) => {
    world.answer = (_request, response) => response.writeHead(status, { "content-type": type }).end(body);
  };

  test.each<[string, number, string, string]>([
    ["an error", 404, "application/json", "{}"],
    ["text that Upwork sends with 200 in trouble", 200, "text/plain", "Service temporarily unavailable"],
    ["the same under the name of JSON", 200, "application/json", "Service temporarily unavailable"],
    ["HTML", 200, "text/html", "<html>"],
  ])("%s", async (_name, status, type, body) => {
    serve(status, type, body);
    await search();
    await search();
    expect(world.received).toHaveLength(2);
  });

  test("what DynamoDB cannot hold, and Cache-Status says so", async () => {
    serve(
      200,
      "application/json",
      JSON.stringify(randomBytes(400_000).toString("base64")).replace(/^"/, '["').concat("]"),
    );
    const { headers } = await search();
    expect(headers?.["cache-status"]).toBe("upwork-gateway; fwd=uri-miss; detail=too-large");
    await search();
    expect(world.received).toHaveLength(2);
  });

  test.each([
    ["messages", "/api/messages/v3/acme/rooms"],
    ["finance", "/gds/finreports/v2/financial_accounts/1"],
    ["a program's own job posts", "/api/hr/v2/jobs"],
  ])("%s", async (_name, uncached) => {
    await search({}, { path: uncached });
    const { headers } = await search({}, { path: uncached });
    expect(headers?.["cache-status"]).toBe("upwork-gateway; fwd=bypass");
    expect(headers).not.toHaveProperty("age");
    expect(world.received).toHaveLength(2);
  });

  test("a write", async () => {
    const write = { method: "POST", path: "/api/hr/v2/jobs" };
    expect((await world.call(write)).headers?.["cache-status"]).toBe("upwork-gateway; fwd=method");
    await world.call(write);
    expect(world.received).toHaveLength(2);
  });
});

describe("a stale answer", () => {
  const exhaust = async () => {
    while (((await world.used()) ?? 0) < 5) await world.call();
  };

  test("is served, marked, when the budget is used up", async () => {
    await search();
    await exhaust();
    world.advance(ttlMs + 5_000);
    const stale = await search();
    expect(stale).toMatchObject({ status: 200, headers: { "gateway-cost": "0", age: "65" } });
    expect(stale.headers?.["cache-status"]).toMatch(/^upwork-gateway; hit; ttl=-[45]; detail=quota-exceeded$/);
    expect(world.records.at(-1)).toMatchObject({ status: 200, cache: "stale", cost: 0 });
  });

  const breaks: [string, string, () => void][] = [
    [
      "cannot be reached",
      "upstream-unreachable",
      () => {
        world.dependencies.upstream = "http://127.0.0.1:9";
      },
    ],
    [
      "fails",
      "upstream-500",
      () => {
        world.answer = (_request, response) => response.writeHead(500).end();
      },
    ],
    [
      "limits",
      "upstream-429",
      () => {
        world.answer = (_request, response) => response.writeHead(429).end();
      },
    ],
  ];
  const says = (type: string, text: string) => {
    world.answer = (_request, response) => response.writeHead(200, { "content-type": type }).end(text);
  };
  breaks.push(
    ["fails and calls it a success", "upstream-200", () => says("text/plain", "Service temporarily unavailable")],
    ["shows a page instead", "upstream-200", () => says("text/html", "<html>")],
  );
  test.each(breaks)("is served when Upwork %s", async (_name, detail, breakIt) => {
    await search();
    world.advance(ttlMs + 5_000);
    breakIt();
    const stale = await search();
    expect(bodyOf(stale)).toBe('{"served":1}');
    expect(stale.headers?.["cache-status"]).toMatch(new RegExp(`detail=${detail}$`));
  });

  test("is not served to who wants none, nor for longer than the caller allows", async () => {
    await search();
    await exhaust();
    world.advance(ttlMs + 5_000);
    const refused = { kind: "quota-exceeded" };
    await expect(search({ "cache-control": "stale-if-error=0" })).rejects.toMatchObject(refused);
    await expect(search({ "cache-control": "stale-if-error=4" })).rejects.toMatchObject(refused);
    await expect(search({ "cache-control": "no-cache" })).rejects.toMatchObject(refused);
    expect(await search({ "cache-control": "stale-if-error=30" })).toMatchObject({ status: 200 });
  });

  test("is not served to who wants nothing so old, unless that caller says how stale it may be", async () => {
    await search();
    await exhaust();
    world.advance(20_000);
    const refused = { kind: "quota-exceeded" };
    await expect(search({ "cache-control": "max-age=10" })).rejects.toMatchObject(refused);
    expect(await search({ "cache-control": "max-age=10, stale-if-error=0" })).toMatchObject({ status: 200 });
    world.advance(ttlMs);
    await expect(search({ "cache-control": "max-age=79" })).rejects.toMatchObject(refused);
    expect(await search({ "cache-control": "max-age=90" })).toMatchObject({ status: 200, headers: { age: "80" } });
    expect(await search({ "cache-control": "max-age=10, stale-if-error=30" })).toMatchObject({ status: 200 });
  });

  test("is the one that another process has kept since, where this one's is too old", async () => {
    await search();
    world.advance(40 * 60_000);
    await inAnotherProcess();
    world.dependencies.upstream = "http://127.0.0.1:9";
    world.advance(30 * 60_000);
    expect(bodyOf(await search())).toBe('{"served":2}');
  });

  test("is not served for longer than its rule allows", async () => {
    await search();
    await exhaust();
    world.advance(ttlMs + 3_600_000);
    await expect(search()).rejects.toMatchObject({ kind: "quota-exceeded" });
  });

  test("never stands in for Upwork's answer to a wrong call", async () => {
    await search();
    world.advance(ttlMs + 5_000);
    world.answer = (_request, response) => response.writeHead(403).end();
    expect(await search()).toMatchObject({ status: 403 });
  });
});

describe("identical calls at the same time", () => {
  test("are one in a process", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => search()));
    expect(world.received).toHaveLength(1);
    expect(
      answers
        .map(({ headers }) => headers?.["gateway-cost"])
        .toSorted()
        .slice(-2),
    ).toEqual(["0", "1"]);
    const collapsed = "upwork-gateway; fwd=uri-miss; collapsed";
    expect(answers.filter(({ headers }) => headers?.["cache-status"] === collapsed)).toHaveLength(19);
  });

  test("share an answer that cannot be kept, too", async () => {
    world.answer = (_request, response) => response.writeHead(404).end();
    const answers = await Promise.all(Array.from({ length: 5 }, () => search()));
    expect(world.received).toHaveLength(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]));
  });

  test("share a refusal, which costs each what it cost him", async () => {
    world.answer = (incoming) => incoming.socket.destroy();
    const failed = await Promise.allSettled(Array.from({ length: 3 }, () => search({ "gateway-retries": "0" })));
    const costs = failed.map((one) => (one.status === "rejected" ? one.reason.headers["gateway-cost"] : "none"));
    expect(costs.toSorted()).toEqual(["0", "0", "1"]);
  });

  test("do not share the refusal of another client's share", async () => {
    const spent = { kind: "quota-exceeded" } as const;
    const caching = createCaching({
      store: createCacheStore(world.dependencies.table),
      memory: createMemoryCache(1_000),
      now: () => 0,
      createId: () => "here",
    });
    const ask = (client: string) =>
      caching.answer({
        key: "shared",
        rule: { ttlSeconds: 60, staleSeconds: 0 },
        wishes: noWishes,
        client,
        waitMs: 0,
        deadline: 27_000,
        forward: async () => {
          if (client === "spent") throw new Problem(spent.kind, "The share of this client is spent.");
          return { answer: { status: 200, headers: {}, body: Buffer.from("{}") }, sentAt: 0 };
        },
      });
    const [first, second, other] = await Promise.allSettled([ask("spent"), ask("spent"), ask("crm")]);
    expect([first, second]).toMatchObject([
      { status: "rejected", reason: spent },
      { status: "rejected", reason: spent },
    ]);
    expect(other).toMatchObject({ status: "fulfilled", value: { answer: { status: 200 } } });
  });

  describe("in another process", () => {
    const lease = { holder: "another process", startedAt: 1_000, until: 7_000, open: false };
    const answer = { status: 200, headers: { "content-type": "application/json" }, body: Buffer.from("{}") };
    const entry = { ...answer, etag: '"e"', storedAt: 1_001, freshUntil: 60_000, staleUntil: 60_000 };
    let store: CacheStore;
    let clock: number;
    let waited: () => Promise<unknown>;
    let forwarded: number;

    beforeEach(async () => {
      store = createCacheStore(world.dependencies.table);
      clock = 1_000;
      forwarded = 0;
      waited = async () => undefined;
      await store.acquire("key", lease, 0, 1_000);
    });

    /** A caller in this process, whose waiting takes no time. */
    const callHere = (deadline = 27_000) =>
      createCaching({
        store,
        memory: createMemoryCache(1_000),
        now: () => clock,
        createId: () => "here",
        sleep: async (ms) => {
          clock += ms;
          await waited();
        },
      }).answer({
        key: "key",
        rule: { ttlSeconds: 60, staleSeconds: 0 },
        wishes: noWishes,
        client: "crm",
        waitMs: 0,
        deadline,
        forward: async () => {
          forwarded += 1;
          return { answer, sentAt: clock };
        },
      });

    test("share its answer", async () => {
      waited = () => store.write("key", entry);
      expect(await callHere()).toMatchObject({ kind: "collapsed", status: "fwd=uri-miss; collapsed" });
      expect(forwarded).toBe(0);
    });

    test("go on without it once it has died and its lease is over", async () => {
      expect(await callHere()).toMatchObject({ kind: "miss", status: "fwd=uri-miss; stored" });
      expect(forwarded).toBe(1);
      expect(clock).toBeGreaterThan(lease.until);
    });

    test("go on at once when its answer cannot be kept", async () => {
      waited = () => store.extend("key", { ...lease, open: true });
      expect(await callHere()).toMatchObject({ kind: "miss" });
      expect(clock).toBeLessThan(lease.until);
    });

    test("are refused when their own time is over first, and say where it went", async () => {
      await expect(callHere(2_000)).rejects.toMatchObject({
        kind: "upstream-timeout",
        members: { stage: "coalesce", sent: false },
      });
      expect(forwarded).toBe(0);
    });

    test("know that a lease older than the answer has done its work", async () => {
      await store.write("key", { ...entry, freshUntil: 1_002 });
      clock = 1_003;
      expect(await callHere()).toMatchObject({ kind: "miss", status: "fwd=stale; stored" });
    });
  });

  test("are kept together for as long as the leader lives", async () => {
    const store = createCacheStore(world.dependencies.table);
    const leaseMs = 60;
    const caching = createCaching({
      store,
      memory: createMemoryCache(1_000),
      now: Date.now,
      createId: () => "leader",
      leaseMs,
    });
    const startedAt = Date.now();
    await caching.answer({
      key: "long",
      rule: { ttlSeconds: 60, staleSeconds: 0 },
      wishes: noWishes,
      client: "crm",
      waitMs: 0,
      deadline: startedAt + 27_000,
      forward: async () => {
        // Upwork takes its time: until the lease has been extended beyond its first end.
        while (((await store.readLease("long"))?.until ?? 0) <= startedAt + 2 * leaseMs) await setImmediate();
        return { answer: { status: 404, headers: {}, body: new Uint8Array() }, sentAt: startedAt };
      },
    });
    expect(await store.readLease("long")).toMatchObject({ holder: "leader", open: true });
  });
});

test("a cache that cannot be reached is no reason for a call to fail", async () => {
  const { table } = world.dependencies;
  world.dependencies.caching = createCaching({
    store: createCacheStore({ ...table, name: "no-such-table" }),
    memory: createMemoryCache(1_000_000),
    now: Date.now,
    createId: () => "here",
  });
  expect((await search()).headers).toMatchObject({ "cache-status": "upwork-gateway; fwd=uri-miss; detail=failed" });
});
