import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { HttpRequest } from "../../../functions/platform/http.ts";
import { createRepeats } from "../../../functions/proxy/repeats.ts";
import { bodyOf, countAnswers, openProxyWorld, type ProxyWorld } from "../../support/proxy-world.ts";

let world: ProxyWorld;

beforeAll(async () => {
  world = await openProxyWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.reset();
  countAnswers(world);
});

const post = (key: string, overrides: Partial<HttpRequest> = {}) =>
  world.call({
    method: "POST",
    path: "/api/hr/v2/jobs",
    body: Buffer.from("title=a"),
    ...overrides,
    headers: { "content-type": "application/x-www-form-urlencoded", "idempotency-key": key, ...overrides.headers },
  });

test("the same key and the same call have one effect and one answer", async () => {
  const first = await post("k1");
  expect(first.headers).not.toHaveProperty("idempotent-replayed");
  const again = await post("k1");
  expect(again).toMatchObject({ status: 200, headers: { "gateway-cost": "0", "idempotent-replayed": "true" } });
  expect(bodyOf(again)).toBe('{"served":1}');
  expect(bodyOf(await post("k2"))).toBe('{"served":2}');
  expect(await world.used()).toBe(2);
});

test("the same key with another call is refused", async () => {
  await post("k1");
  const refused = { kind: "idempotency-key-reused", status: 422 };
  await expect(post("k1", { body: Buffer.from("title=b") })).rejects.toMatchObject(refused);
  await expect(post("k1", { path: "/api/hr/v2/jobs/~01a", method: "PUT" })).rejects.toMatchObject(refused);
  await expect(post("k1", { headers: { "connection-id": "today" } })).rejects.toMatchObject(refused);
  expect(world.received).toHaveLength(1);
});

test("of many at the same time one is made, and the others are told to wait", async () => {
  const made = await Promise.allSettled(Array.from({ length: 8 }, () => post("k1")));
  expect(world.received).toHaveLength(1);
  const refusals = made.filter((one) => one.status === "rejected").map(({ reason }) => reason);
  for (const refusal of refusals) expect(refusal).toMatchObject({ kind: "idempotency-in-flight", status: 409 });
});

test("what the budget refused had no effect, so the key is still good", async () => {
  const { ledger } = world.dependencies;
  const refusal = { kind: "limit", name: "day", limit: 5, used: 5, retryAfterMs: 1 } as const;
  world.dependencies.ledger = { ...ledger, reserve: async () => ({ admitted: false, refusal, limits: [] }) };
  await expect(post("k1")).rejects.toMatchObject({ kind: "quota-exceeded" });
  world.dependencies.ledger = ledger;
  expect(await post("k1")).toMatchObject({ status: 200, headers: { "gateway-cost": "1" } });
});

test("so had what Upwork limited", async () => {
  world.answer = (_request, response) => response.writeHead(429).end();
  expect(await post("k1")).toMatchObject({ status: 429 });
  world.advance(120_000);
  world.answer = (_request, response) => response.writeHead(200).end("made");
  expect(bodyOf(await post("k1"))).toBe("made");
});

test("what was sent and never answered is not sent again", async () => {
  world.answer = (incoming) => incoming.socket.destroy();
  await expect(post("k1")).rejects.toMatchObject({ kind: "upstream-unreachable" });
  await expect(post("k1")).rejects.toMatchObject({ kind: "idempotency-outcome-unknown", status: 409 });
});

test("what never left may be made again", async () => {
  const { upstream } = world.dependencies;
  world.dependencies.upstream = "http://127.0.0.1:9";
  await expect(post("k1")).rejects.toMatchObject({ kind: "upstream-unreachable" });
  world.dependencies.upstream = upstream;
  expect(await post("k1")).toMatchObject({ status: 200 });
});

test("an error of Upwork's is its answer, and is repeated as such", async () => {
  world.answer = (_request, response) => response.writeHead(400, { "x-upwork-error-message": "no title" }).end();
  await post("k1");
  expect(await post("k1")).toMatchObject({ status: 400, headers: { "x-upwork-error-message": "no title" } });
  expect(world.received).toHaveLength(1);
});

test("a key is good for another call after 24 h", async () => {
  await post("k1");
  world.advance(24 * 3_600_000 + 2_000);
  expect(bodyOf(await post("k1", { body: Buffer.from("title=b") }))).toBe('{"served":2}');
});

test("a key of another client is another key", async () => {
  const { table } = world.dependencies;
  const repeats = createRepeats(table, Date.now, randomUUID);
  const call = { method: "POST", path: "/a", query: [], body: { form: [] }, headers: {}, connection: "acme" } as const;
  const answer = { status: 200, headers: {}, body: new Uint8Array() };
  for (const client of ["a", "b"]) {
    expect(await repeats.once(client, "k", call, async () => answer)).toMatchObject({ isReplayed: false });
  }
});

test("a caller that died while it called leaves an unknown outcome", async () => {
  const { table } = world.dependencies;
  let now = 0;
  const repeats = createRepeats(table, () => now, randomUUID);
  const call = { method: "POST", path: "/a", query: [], body: { form: [] }, headers: {}, connection: "acme" } as const;
  const never = () => new Promise<never>(() => undefined);
  void repeats.once("a", "k", call, never);
  await expect.poll(() => repeats.once("a", "k", call, never).catch(({ kind }) => kind)).toBe("idempotency-in-flight");
  now = 61_000;
  await expect(repeats.once("a", "k", call, never)).rejects.toMatchObject({ kind: "idempotency-outcome-unknown" });
});

test("a key that is none is refused, and means nothing on a call that only reads", async () => {
  await expect(post("with space")).rejects.toMatchObject({ kind: "parameters-refused" });
  await expect(post("k".repeat(256))).rejects.toMatchObject({ kind: "parameters-refused" });
  await world.call({ headers: { "idempotency-key": "k1" } });
  expect((await world.call({ headers: { "idempotency-key": "k1" } })).headers).not.toHaveProperty(
    "idempotent-replayed",
  );
});
