import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openProxyWorld, type ProxyWorld } from "../../support/proxy-world.ts";

let world: ProxyWorld;

beforeAll(async () => {
  world = await openProxyWorld();
});
afterAll(() => world.close());
beforeEach(() => world.reset());

/** An upstream that fails as told for its first answers and is well afterwards. */
function failing(...failures: (number | "reset" | "cut")[]) {
  return (incoming: IncomingMessage, response: ServerResponse) => {
    const failure = failures.shift();
    if (failure === "reset") incoming.socket.destroy();
    else if (failure === "cut") {
      response.writeHead(200, { "content-length": "10" });
      response.write("{", () => incoming.socket.destroy());
    } else response.writeHead(failure ?? 200, { "content-type": "application/json" }).end("{}");
  };
}
const post = { method: "POST", path: "/api/hr/v2/jobs", body: Buffer.from("title=a") };

test.each([502, 503, 504, "reset", "cut"] as const)(
  "a call that only reads is sent once more after %s",
  async (failure) => {
    world.answer = failing(failure);
    const answered = await world.call();
    expect(answered).toMatchObject({ status: 200, headers: { "gateway-attempts": "2", "gateway-cost": "2" } });
    expect(await world.used()).toBe(2);
  },
);

test("what fails twice is answered as it failed", async () => {
  world.answer = failing(503, 502, 200);
  expect(await world.call()).toMatchObject({ status: 502, headers: { "gateway-attempts": "2" } });
});

test.each([429, 500, 404])("no call is sent again after %i", async (status) => {
  world.answer = failing(status);
  expect(await world.call()).toMatchObject({ status, headers: { "gateway-attempts": "1" } });
});

test("a write is never sent again, unless its caller asks for it", async () => {
  world.answer = failing(503, 503);
  expect(await world.call(post)).toMatchObject({ status: 503, headers: { "gateway-attempts": "1" } });
  const asked = await world.call({ ...post, headers: { "gateway-retries": "1" } });
  expect(asked).toMatchObject({ status: 200, headers: { "gateway-attempts": "2" } });
});

test("a GET that names another method is a write", async () => {
  world.answer = failing(503);
  const answered = await world.call({ rawQuery: "http_method=DELETE" });
  expect(answered).toMatchObject({ status: 503, headers: { "gateway-attempts": "1" } });
});

test.each(["reset", 503] as const)(
  "what was sent once stays sent, whatever became of the repetition (%s)",
  async (failure) => {
    world.answer = (incoming, response) => {
      world.dependencies.upstream = "http://127.0.0.1:9";
      failing(failure)(incoming, response);
    };
    const headers = { "gateway-retries": "1", "idempotency-key": "k1" };
    const made = world.call({ ...post, headers });
    if (failure === 503) expect(await made).toMatchObject({ status: 503, headers: { "gateway-cost": "1" } });
    else await expect(made).rejects.toMatchObject({ kind: "upstream-unreachable", members: { sent: true } });
    await world.call({ ...post, headers }).catch(({ kind }) => expect(kind).toBe("idempotency-outcome-unknown"));
    expect(world.received).toHaveLength(1);
  },
);

test.each([429, 401])("a write that may have been made is not undone by the %i of its repetition", async (status) => {
  for (const failure of ["reset", 503] as const) {
    world.answer = failing(failure, status);
    const headers = { "gateway-retries": "1", "idempotency-key": `k-${failure}` };
    const made = world.call({ ...post, headers });
    if (failure === 503) expect(await made).toMatchObject({ status: 503, headers: { "gateway-attempts": "2" } });
    else await expect(made).rejects.toMatchObject({ kind: "upstream-unreachable", members: { sent: true } });
    const again = world.call({ ...post, headers });
    if (failure === 503) expect(await again).toMatchObject({ status: 503, headers: { "gateway-cost": "0" } });
    else await expect(again).rejects.toMatchObject({ kind: "idempotency-outcome-unknown" });
    expect(world.received).toHaveLength(2);
    await world.reset();
  }
});

test("a call that only reads is answered with what came last", async () => {
  world.answer = failing(503, 401);
  expect(await world.call()).toMatchObject({ status: 401, headers: { "gateway-attempts": "2" } });
});

test("a caller can do without", async () => {
  world.answer = failing(503);
  expect(await world.call({ headers: { "gateway-retries": "0" } })).toMatchObject({ status: 503 });
  await expect(world.call({ headers: { "gateway-retries": "many" } })).rejects.toMatchObject({
    kind: "parameters-refused",
  });
});

test("a repetition that the budget does not admit leaves the first answer", async () => {
  for (let count = 0; count < 4; count += 1) await world.call();
  world.answer = failing(503, 200);
  expect(await world.call()).toMatchObject({ status: 503, headers: { "gateway-cost": "1", "gateway-attempts": "1" } });
});

test("nothing is repeated when the caller's time is nearly over", async () => {
  world.answer = (incoming, response) => {
    world.advance(27_000);
    failing(503)(incoming, response);
  };
  expect(await world.call()).toMatchObject({ status: 503, headers: { "gateway-attempts": "1" } });
});
