import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createClient } from "../../../functions/clients/client-keys.ts";
import { createKey } from "../../../functions/clients/keys.ts";
import type { HttpRequest } from "../../../functions/platform/http.ts";
import type { Problem } from "../../../functions/platform/problem.ts";
import { preferredWaitSeconds } from "../../../functions/proxy/proxy.ts";
import { openProxyWorld, type ProxyWorld } from "../../support/proxy-world.ts";

let world: ProxyWorld;

beforeAll(async () => {
  world = await openProxyWorld();
});
afterAll(() => world.close());
beforeEach(() => world.reset());

describe("what goes upstream", () => {
  test("is the same path, with parameters percent-encoded per RFC 3986, in order and repeated", async () => {
    await world.call({ path: "/api/profiles/v1/jobs/~01a;~01b", rawQuery: "b=x+y&a=%7E&b=é&c=(!)&d" });
    expect(world.received[0]?.url).toBe("/api/profiles/v1/jobs/~01a;~01b?b=x%20y&a=~&b=%C3%A9&c=%28%21%29&d=");
  });

  test("re-encodes a form and sets its length", async () => {
    const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
    await world.call({ method: "POST", path: "/api/hr/v2/jobs", headers, body: Buffer.from("m=a+b&m=%7e&z=") });
    expect(world.received[0]).toMatchObject({ method: "POST", body: "m=a%20b&m=~&z=" });
    expect(world.received[0]?.headers).toMatchObject({
      "content-length": "14",
      "content-type": "application/x-www-form-urlencoded",
    });
  });

  test("leaves JSON unchanged and unsigned", async () => {
    const body = '{ "a" : "ü" , "n": 1e3 }';
    await world.call({
      method: "PUT",
      path: "/api/hr/v2/jobs/~01a",
      headers: { "content-type": "application/json" },
      body: Buffer.from(body),
    });
    expect(world.received[0]?.body).toBe(body);
  });

  test("has a Content-Length also where there is no body", async () => {
    await world.call({ method: "POST", path: "/api/hr/v2/jobs" });
    expect(world.received[0]?.headers["content-length"]).toBe("0");
    expect(world.received[0]?.headers["transfer-encoding"]).toBeUndefined();
  });

  test("carries none of the caller's credentials, cookies, hop-by-hop or forwarding headers", async () => {
    await world.call({
      headers: {
        cookie: "a=b",
        "x-api-key": world.key,
        "x-forwarded-for": "10.0.0.1",
        "x-forwarded-host": "evil.example",
        forwarded: "for=10.0.0.1",
        te: "trailers",
        expect: "100-continue",
        upgrade: "h2c",
        host: "evil.example",
        "x-upwork-api-tenantid": "42",
      },
    });
    const headers = world.received[0]?.headers ?? {};
    expect(Object.keys(headers).toSorted()).toEqual([
      "accept",
      "accept-encoding",
      "authorization",
      "connection",
      "content-length",
      "host",
      "user-agent",
      "x-upwork-api-tenantid",
    ]);
    expect(headers.authorization).toMatch(/^OAuth oauth_consumer_key="consumer",/);
    expect(headers.host).toBe(new URL(world.dependencies.upstream).host);
  });

  test("carries the bearer token over an OAuth 2.0 connection, and asks for no OAuth 1.0a application", async () => {
    world.dependencies.application = () => Promise.reject(new Error("not asked for"));
    expect((await world.call({ headers: { "connection-id": "today" } })).status).toBe(200);
    expect(world.received[0]?.headers.authorization).toBe("Bearer oauth2v2_0");
  });
});

describe("what comes back", () => {
  test("is the upstream's status and bytes, binary included", async () => {
    const bytes = Buffer.from([0, 255, 254, 13, 10, 128]);
    world.answer = (_request, response) =>
      response.writeHead(418, { "content-type": "image/png", "x-own": "1" }).end(bytes);
    const response = await world.call();
    expect(response.status).toBe(418);
    expect(Buffer.from(response.body as Uint8Array)).toEqual(bytes);
    expect(response.headers).toMatchObject({ "content-type": "image/png", "x-own": "1", "gateway-cost": "1" });
  });

  test("is not decompressed on the way", async () => {
    const zipped = gzipSync("text");
    world.answer = (_request, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(zipped);
    const response = await world.call();
    expect(Buffer.from(response.body as Uint8Array)).toEqual(zipped);
    expect(response.headers?.["content-encoding"]).toBe("gzip");
  });

  test("has no cookie, and the upstream's rate headers only under another name", async () => {
    world.answer = (_request, response) =>
      response
        .writeHead(200, { "set-cookie": "a=b", "x-ratelimit-limit": "1", connection: "x-secret", "x-secret": "1" })
        .end();
    const { headers } = await world.call();
    expect(headers).not.toHaveProperty("set-cookie");
    expect(headers).not.toHaveProperty("x-secret");
    expect(headers).toMatchObject({
      "upstream-x-ratelimit-limit": "1",
      "x-ratelimit-limit": "5",
      ratelimit: `"day";r=4;t=${headers?.["x-ratelimit-reset"]}`,
    });
  });

  test("is a redirect as it is, never followed", async () => {
    world.answer = (_request, response) => response.writeHead(302, { location: "http://evil.example/" }).end();
    expect(await world.call()).toMatchObject({ status: 302, headers: { location: "http://evil.example/" } });
    expect(world.received).toHaveLength(1);
  });
});

describe("a 401", () => {
  const today = { headers: { "connection-id": "today" } };
  beforeEach(() => {
    world.answer = ({ headers }, response) =>
      response.writeHead(headers.authorization === "Bearer oauth2v2_1" ? 200 : 401).end("answer");
  });

  test("over an OAuth 2.0 connection is answered with a new token once, also for a write", async () => {
    const pair = { accessToken: "oauth2v2_1", issuedAt: 0, expiresAt: 1e15, version: 2 };
    world.dependencies.connections.afterRefusal = async () => ({ auth: "oauth2", ...pair });
    for (const call of [{ method: "GET" }, { method: "POST", path: "/api/hr/v2/jobs" }]) {
      expect(await world.call({ ...today, ...call })).toMatchObject({ status: 200, headers: { "gateway-cost": "2" } });
    }
    expect(world.received.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer oauth2v2_0",
      "Bearer oauth2v2_1",
      "Bearer oauth2v2_0",
      "Bearer oauth2v2_1",
    ]);
  });

  test("stands where there is no other token, or it is refused as well", async () => {
    expect(await world.call(today)).toMatchObject({ status: 401, headers: { "gateway-attempts": "1" } });
    const pair = { accessToken: "oauth2v2_2", issuedAt: 0, expiresAt: 1e15, version: 2 };
    world.dependencies.connections.afterRefusal = async () => ({ auth: "oauth2", ...pair });
    expect(await world.call(today)).toMatchObject({ status: 401, headers: { "gateway-attempts": "2" } });
  });
});

describe("a refusal", () => {
  const refusals: [string, Partial<HttpRequest>, Partial<Problem>][] = [
    ["no key", { headers: { authorization: "" } }, { kind: "key-missing", status: 401 }],
    ["a key that is no key", { headers: { authorization: "Bearer nonsense" } }, { kind: "key-refused", status: 401 }],
    [
      "an unknown key",
      { headers: { authorization: `Bearer ${createKey("test").key}` } },
      { kind: "key-refused", status: 401 },
    ],
    [
      "a live key",
      { headers: { authorization: `Bearer ${createKey("live").key}` } },
      { kind: "key-refused", status: 401 },
    ],
    ["two keys", { headers: { "x-api-key": createKey("test").key } }, { kind: "key-ambiguous", status: 400 }],
    ["an unknown connection", { headers: { "connection-id": "nobody" } }, { kind: "connection-unknown", status: 404 }],
    [
      "a connection that cannot be one",
      { headers: { "connection-id": "A/../B" } },
      { kind: "connection-unknown", status: 404 },
    ],
    [
      "a connection not yet connected",
      { headers: { "connection-id": "begun" } },
      { kind: "connection-not-connected", status: 409 },
    ],
    ["an unsafe path", { path: "/api/../x" }, { kind: "path-refused", status: 400 }],
    ["a broken query", { rawQuery: "a=%zz" }, { kind: "parameters-refused", status: 400 }],
    ["an oauth_ parameter", { rawQuery: "oauth_token=x" }, { kind: "parameters-refused", status: 400 }],
    ["a body on GET", { body: Buffer.from("x") }, { kind: "body-refused", status: 400 }],
    ["a path Upwork never had", { path: "/api/hr/v2/job" }, { kind: "path-unknown", status: 404 }],
    ["a method Upwork has not", { method: "TRACE" }, { kind: "method-refused", status: 405 }],
    ["a POST report", { method: "POST", path: "/gds/x" }, { kind: "method-refused", status: 405 }],
    ["a header that cannot be sent", { headers: { "accept-language": "日本" } }, { kind: "parameters-refused" }],
    ["a tenant on two lines", { headers: { "x-upwork-api-tenantid": "1\n2" } }, { kind: "parameters-refused" }],
    [
      "a type of content that cannot be sent",
      { method: "POST", path: "/api/hr/v2/jobs", headers: { "content-type": "text/→" }, body: Buffer.from("a") },
      { kind: "parameters-refused" },
    ],
    ["a body too large", { method: "POST", body: new Uint8Array(5_000_000) }, { kind: "body-too-large", status: 413 }],
  ];
  test.each(refusals)("of %s spends nothing and sends nothing", async (_name, overrides, problem) => {
    const standing = { ratelimit: expect.stringMatching(/^"day";r=5;t=0$/), "ratelimit-policy": '"day";q=5;w=86400' };
    await expect(world.call(overrides)).rejects.toMatchObject({ ...problem, headers: standing });
    expect(world.received).toHaveLength(0);
    expect(await world.used()).toBe(0);
  });

  test("of what cannot succeed can be switched off for a client", async () => {
    const client = { id: "raw", name: "Raw", connection: "acme", checks: false };
    const { key } = await createClient(world.dependencies.table, client, "test");
    const answered = await world.call({ path: "/api/hr/v2/job", headers: { authorization: `Bearer ${key}` } });
    expect(answered.status).toBe(200);
    expect(await world.used()).toBe(1);
  });

  test("of the sixth call in a day of five says when to come back", async () => {
    for (let count = 0; count < 5; count += 1) await world.call();
    const error = await world.call().catch((problem: Problem) => problem);
    expect(error).toMatchObject({
      kind: "quota-exceeded",
      status: 429,
      headers: { "retry-after": expect.stringMatching(/^[1-9]\d*$/), ratelimit: expect.stringMatching(/^"day";r=0;/) },
      members: { "violated-policies": ["day"], limit: 5, used: 5 },
    });
    expect(world.received).toHaveLength(5);
  });
});

describe("an upstream in trouble", () => {
  test("that cannot be reached costs nothing", async () => {
    world.dependencies.upstream = "http://127.0.0.1:9";
    await expect(world.call()).rejects.toMatchObject({
      kind: "upstream-unreachable",
      status: 502,
      headers: { "gateway-cost": "0" },
    });
    expect(await world.used()).toBe(0);
  });

  test("that hangs is given up in time, and the unit stays spent", async () => {
    world.answer = () => undefined;
    world.dependencies.upstreamTimeoutMs = 1_000;
    await expect(world.call()).rejects.toMatchObject({
      kind: "upstream-timeout",
      status: 504,
      members: { stage: "answer" },
    });
    expect(await world.used()).toBe(1);
  });

  test("that cuts its answer off is never passed on as success", async () => {
    world.answer = (_request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half");
      setImmediate(() => response.destroy());
    };
    const refused = { kind: "upstream-answer-refused", status: 502 };
    await expect(world.call({ headers: { "gateway-retries": "0" } })).rejects.toMatchObject(refused);
    expect(await world.used()).toBe(1);
    await expect(world.call()).rejects.toMatchObject(refused);
    expect(await world.used()).toBe(3);
  });

  test("that resets the connection is a 502, and the units stay spent: one for the call, one for its repetition", async () => {
    world.answer = (incoming) => incoming.socket.destroy();
    await expect(world.call()).rejects.toMatchObject({
      kind: "upstream-unreachable",
      status: 502,
      headers: { "gateway-cost": "2" },
    });
    expect(await world.used()).toBe(2);
  });

  test("that answers more than Lambda can pass on is a 502", async () => {
    world.answer = (_request, response) => response.end(Buffer.alloc(5_000_000));
    await expect(world.call()).rejects.toMatchObject({ kind: "upstream-answer-refused" });
  });

  test("that says the key is disabled closes the gate until an admin reopens it", async () => {
    world.answer = (_request, response) =>
      response.writeHead(403, { "x-upwork-error-message": "API key has been disabled" }).end();
    expect((await world.call()).status).toBe(403);
    await expect(world.call()).rejects.toMatchObject({ kind: "key-disabled", status: 503 });
    await world.dependencies.ledger.reopen();
    expect((await world.call()).status).toBe(403);
  });

  test("that refuses one resource closes nothing", async () => {
    const text = "This APP has no access to requested resource";
    world.answer = (_request, response) => response.writeHead(403, { "x-upwork-error-message": text }).end(text);
    expect((await world.call()).status).toBe(403);
    expect((await world.call()).status).toBe(403);
  });

  test("whose answer came while the store fails is passed on all the same", async () => {
    world.answer = (_request, response) => response.writeHead(429).end("Too Many Requests");
    world.dependencies.ledger = { ...world.dependencies.ledger, report: () => Promise.reject(new Error("store down")) };
    expect((await world.call()).status).toBe(429);
  });

  test("that answers 429 closes the gate for the next call", async () => {
    world.answer = (_request, response) => response.writeHead(429, { "retry-after": "120" }).end("Too Many Requests");
    expect(await world.call()).toMatchObject({ status: 429, headers: { "retry-after": "120" } });
    await expect(world.call()).rejects.toMatchObject({
      kind: "upstream-cooldown",
      status: 503,
      headers: { "retry-after": "120" },
    });
    expect(world.received).toHaveLength(1);
  });
});

describe("Prefer: wait", () => {
  test.each([
    [undefined, 0],
    ["wait=5", 5],
    ['respond-async, wait="7"', 7],
    ["wait=600", 20],
    ["wait=-1", 0],
    ["await=3", 0],
    ["wait=x", 0],
  ])("%j means %i s", (prefer, seconds) => expect(preferredWaitSeconds(prefer)).toBe(seconds));

  test("is answered with Preference-Applied", async () => {
    expect(await world.call({ headers: { prefer: "wait=3" } })).toMatchObject({
      status: 200,
      headers: { "preference-applied": "wait=3" },
    });
    expect((await world.call()).headers).not.toHaveProperty("preference-applied");
  });
});

describe("the record of a call", () => {
  test("says who called what, what it cost and how it ended", async () => {
    await world.call();
    expect(world.records).toEqual([
      {
        at: expect.any(Number),
        requestId: "request-1",
        client: "crm",
        connection: "acme",
        method: "GET",
        path: "/api/auth/v1/info",
        status: 200,
        upstreamMs: expect.any(Number),
        gatewayMs: expect.any(Number),
        cost: 1,
        attempts: 1,
        cache: "bypass",
      },
    ]);
  });

  test("is kept of refused and failed calls too", async () => {
    await expect(world.call({ headers: { "connection-id": "begun" } })).rejects.toThrow();
    world.dependencies.upstream = "http://127.0.0.1:9";
    await expect(world.call()).rejects.toThrow();
    expect(world.records).toMatchObject([
      { connection: "begun", status: 409, problem: "connection-not-connected", cost: 0, attempts: 0 },
      { connection: "acme", status: 502, problem: "upstream-unreachable", cost: 0, attempts: 2 },
    ]);
  });
});
