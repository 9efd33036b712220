import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fullAccess } from "../../../functions/clients/access.ts";
import type { Oauth1Keys } from "../../../functions/clients/oauth1-keys.ts";
import { encodePairs, type Pair, signRequest } from "../../../functions/oauth/signing.ts";
import type { HttpRequest } from "../../../functions/platform/http.ts";
import { defaultShare } from "../../../functions/platform/share-schema.ts";
import { createOauth1Door } from "../../../functions/proxy/oauth1-door.ts";
import { openProxyWorld, type ProxyWorld } from "../../support/proxy-world.ts";

let world: ProxyWorld;
let keys: Oauth1Keys;
let nonces = 0;

beforeAll(async () => {
  world = await openProxyWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.reset();
  keys = await world.issueKeys();
});

type Options = {
  method?: string;
  path?: string;
  query?: Pair[];
  form?: Pair[];
  place?: "header" | "query" | "form";
  timestamp?: number;
  nonce?: string;
  protocol?: Record<string, string>;
  with?: Partial<Oauth1Keys>;
  headers?: Record<string, string>;
};

/** A request as a client signs it that takes the gateway for Upwork. */
function signed(options: Options = {}): HttpRequest {
  const { method = "GET", path = "/api/auth/v1/info", query = [], form = [], place = "header" } = options;
  const used = { ...keys, ...options.with };
  nonces += 1;
  const { header } = signRequest({
    method,
    url: new URL(`https://gateway.example${path}`),
    parameters: [...query, ...form],
    consumer: { key: used.consumerKey, secret: used.consumerSecret },
    token: { key: used.token, secret: used.tokenSecret },
    protocol: options.protocol ?? {},
    nonce: options.nonce ?? `nonce-${nonces}`,
    timestamp: options.timestamp ?? Math.floor(Date.now() / 1000),
  });
  const protocol = [...header.matchAll(/(oauth_[a-z_]+)="([^"]*)"/g)].map(
    ([, name = "", value = ""]) => [name, decodeURIComponent(value)] as const,
  );
  const sentForm = place === "form" ? [...form, ...protocol] : form;
  return world.request({
    method,
    path,
    rawQuery: encodePairs(place === "query" ? [...query, ...protocol] : query),
    body: Buffer.from(encodePairs(sentForm)),
    headers: {
      authorization: place === "header" ? header : "",
      host: "gateway.example",
      "content-type": "application/x-www-form-urlencoded",
      ...options.headers,
    },
  });
}
const call = (options?: Options) => world.call(signed(options));

describe("a signed request", () => {
  test.each(["header", "query", "form"] as const)(
    "is taken with its parameters in the %s, and signed anew",
    async (place) => {
      const form: Pair[] = [["title", "a b~"]];
      const answered = await call({ method: "POST", path: "/api/hr/v2/jobs", query: [["x", "1"]], form, place });
      expect(answered.status).toBe(200);
      expect(world.received).toMatchObject([{ method: "POST", url: "/api/hr/v2/jobs?x=1", body: "title=a%20b~" }]);
      const authorization = world.received[0]?.headers.authorization ?? "";
      expect(authorization).toContain('oauth_consumer_key="consumer"');
      expect(authorization).not.toContain(keys.consumerKey);
      expect(world.records).toMatchObject([{ client: "crm", connection: "acme" }]);
    },
  );

  test("may carry protocol parameters that nobody knows, as Python's body hash, and no version", async () => {
    expect(await call({ protocol: { oauth_body_hash: "x" } })).toMatchObject({ status: 200 });
  });

  test("may carry JSON, which no signature covers", async () => {
    const request = signed({ method: "POST", path: "/api/hr/v2/jobs" });
    const headers = { ...request.headers, "content-type": "application/json" };
    expect(await world.call({ ...request, headers, body: Buffer.from('{"title":"a"}') })).toMatchObject({
      status: 200,
    });
    expect(world.received[0]?.body).toBe('{"title":"a"}');
  });

  test("may do no more than its client may", async () => {
    await expect(call({ headers: { "connection-id": "begun" } })).rejects.toMatchObject({
      kind: "connection-not-connected",
    });
  });
});

describe("is refused with 401 and costs nothing:", () => {
  const now = () => Math.floor(Date.now() / 1000);
  const refusals: [string, () => Promise<unknown>, Record<string, unknown>][] = [
    ["a wrong secret", () => call({ with: { tokenSecret: "wrong" } }), { kind: "signature-refused" }],
    ["a consumer key of nobody's", () => call({ with: { consumerKey: "0".repeat(32) } }), { kind: "key-refused" }],
    ["a consumer key that cannot be one", () => call({ with: { consumerKey: "x" } }), { kind: "key-refused" }],
    ["another token", () => call({ with: { token: "0".repeat(32) } }), { kind: "key-refused" }],
    ["a clock 301 s ahead", () => call({ timestamp: now() + 305 }), { kind: "timestamp-refused" }],
    ["a clock 301 s behind", () => call({ timestamp: now() - 305 }), { kind: "timestamp-refused" }],
    [
      "no token",
      () => call({ with: { token: "" } }),
      { kind: "signature-refused", message: expect.stringContaining("no token step is needed") },
    ],
    [
      "another signature method",
      () => call({ protocol: { oauth_signature_method: "PLAINTEXT" } }),
      { kind: "signature-refused", message: expect.stringContaining("HMAC-SHA1") },
    ],
    [
      "a signature method of any length, which does not fill the log",
      () => call({ protocol: { oauth_signature_method: "X".repeat(1_000) } }),
      { kind: "signature-refused", message: expect.stringMatching(/ is X{20}; /) },
    ],
    [
      "a parameter that the client signed as empty",
      async () => {
        const request = signed({
          method: "POST",
          path: "/api/offers/v1/clients/offers",
          form: [["close_on_accept", ""]],
        });
        return world.call({ ...request, body: Buffer.from("close_on_accept=0") });
      },
      { kind: "signature-refused", members: { culprit: "close_on_accept", base_string: expect.any(String) } },
    ],
  ];
  test.each(refusals)("%s", async (_name, make, problem) => {
    await expect(make()).rejects.toMatchObject({
      status: 401,
      ...problem,
      headers: {
        "www-authenticate": 'OAuth realm="upwork-gateway"',
        "x-upwork-error-code": "401",
        "x-upwork-error-message": expect.stringMatching(/^[\x20-\x7e]+$/),
      },
    });
    expect(world.received).toHaveLength(0);
    expect(await world.used()).toBe(0);
  });

  test("the same request a second time, in whatever process", async () => {
    const request = signed();
    expect(await world.call(request)).toMatchObject({ status: 200 });
    await expect(world.call(request)).rejects.toMatchObject({ kind: "nonce-used", status: 401 });
    world.dependencies = world.another();
    await expect(world.call(request)).rejects.toMatchObject({ kind: "nonce-used" });
    expect(world.received).toHaveLength(1);
  });

  test("but a forged request uses up no nonce", async () => {
    const nonce = "the-same";
    await expect(call({ nonce, with: { tokenSecret: "wrong" } })).rejects.toThrow();
    expect(await call({ nonce })).toMatchObject({ status: 200 });
  });

  test("two kinds of keys at once, and a parameter twice", async () => {
    await expect(call({ headers: { "x-api-key": world.key } })).rejects.toMatchObject({ kind: "key-ambiguous" });
    const twice = signed();
    await expect(world.call({ ...twice, rawQuery: "oauth_nonce=other" })).rejects.toMatchObject({
      kind: "signature-refused",
      message: expect.stringContaining("oauth_nonce twice"),
    });
  });
});

describe("an address that signs with wrong keys", () => {
  const guess = () => call({ with: { consumerKey: randomBytes(16).toString("hex") } }).catch(({ kind }) => kind);

  test("is refused with 429 after a hundred a minute, unless its keys are known to be good", async () => {
    expect(await call()).toMatchObject({ status: 200 });
    const kinds: unknown[] = [];
    for (let count = 0; count < 102; count += 1) kinds.push(await guess());
    expect(new Set(kinds.slice(0, 100))).toEqual(new Set(["key-refused"]));
    expect(kinds.slice(100)).toEqual(["too-many-attempts", "too-many-attempts"]);
    expect(await call()).toMatchObject({ status: 200 });
    keys = await world.issueKeys();
    await expect(call()).rejects.toMatchObject({ kind: "too-many-attempts", status: 429 });
    world.advance(60_000);
    expect(await call({ timestamp: Math.floor(world.dependencies.now() / 1000) })).toMatchObject({ status: 200 });
  });

  test("is counted for wrong secrets too", async () => {
    const kindOf = () => call({ with: { tokenSecret: "wrong" } }).catch(({ kind }) => kind);
    for (let count = 0; count < 100; count += 1) expect(await kindOf()).toBe("signature-refused");
    expect(await kindOf()).toBe("too-many-attempts");
  });
});

test("the use of keys is noted once a request is taken, and not for a forged one", async () => {
  const noted: string[] = [];
  const client = { id: "crm", name: "CRM", connection: "acme", access: fullAccess, share: defaultShare, checks: true };
  const { table, now } = world.dependencies;
  const keyUse = { note: (id: string) => void noted.push(id) };
  const door = createOauth1Door(table, async () => ({ client, keys }), "https://gateway.example", now, keyUse);
  await expect(door(signed({ with: { tokenSecret: "wrong" } }))).rejects.toThrow();
  expect(noted).toEqual([]);
  await door(signed());
  expect(noted).toEqual([keys.consumerKey]);
});

test.each([
  "/api/auth/v1/oauth/token/request",
  "/api/auth/v1/oauth/token/access.json",
  "/api/v3/oauth2/token",
  "/api/auth;x/v1/oauth;y/token/request",
])("nobody gets a token of Upwork's through %s", async (path) => {
  const refused = { kind: "token-step-refused", status: 403 };
  await expect(call({ method: "POST", path, with: { token: "" } })).rejects.toMatchObject(refused);
  await expect(world.call({ method: "POST", path })).rejects.toMatchObject(refused);
  expect(world.received).toHaveLength(0);
});
