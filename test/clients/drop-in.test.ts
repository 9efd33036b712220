import { createRequire } from "node:module";
import type { Context } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLedger } from "../../functions/budget/ledger.ts";
import type { KeyPair } from "../../functions/oauth/signing.ts";
import { httpFunction } from "../../functions/platform/middleware.ts";
import { proxyCall } from "../../functions/proxy/proxy.ts";
import { type HttpApi, startHttpApi } from "../../local/http-api.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { createWorld } from "../../sandbox/world/world.ts";
import { openProxyWorld, type ProxyWorld } from "../support/proxy-world.ts";
import { tokenFor } from "../support/sandbox-calls.ts";
import { createBudgetTable, openDynamo, type TestDynamo } from "../support/stores.ts";
import { upworkApiCalls } from "../support/upwork-api-calls.ts";
import { loadRouter, upworkCallSites } from "../support/upwork-call-sites.ts";

// Upwork's own client, twice: once against a sandbox, once against the gateway before another sandbox of the same world.
// Nothing but its base URL and its keys differs, and neither may anything that it gets.
type Answer = { status: number; data: unknown };
type Client = { setAccessToken(token: string, secret: string, done: () => void): void };

const startedAt = Date.now();
/** A workday that both worlds know. */
const day = (() => {
  const date = new Date(startedAt - 86_400_000);
  while (date.getUTCDay() === 0 || date.getUTCDay() === 6) date.setUTCDate(date.getUTCDate() - 1);
  return date.toISOString().slice(0, 10).replaceAll("-", "");
})();
const calls = upworkApiCalls(createWorld(1, startedAt), day);

let direct: Sandbox;
let behind: Sandbox;
let world: ProxyWorld;
let dynamo: TestDynamo;
let api: HttpApi;
let callDirectly: (router: string, method: string, values: readonly unknown[]) => Promise<Answer>;
let callThrough: typeof callDirectly;

beforeAll(async () => {
  direct = await startSandbox({ now: () => startedAt });
  behind = await startSandbox({ now: () => startedAt });
  world = await openProxyWorld();
  dynamo = await openDynamo();
  await world.reset();
  const { consumerKey, consumerSecret } = behind.application;
  const account = { reference: "1", name: "Ada", profileUrl: "" };
  await world.connections.save("acme", { auth: "oauth1", token: tokenFor(behind, "ada") }, account, 0);
  Object.assign(world.dependencies, {
    upstream: behind.url,
    application: async () => ({ key: consumerKey, secret: consumerSecret }),
    ledger: createLedger({
      dynamo: dynamo.client,
      tableName: await createBudgetTable(dynamo.client),
      application: "test",
      limits: [{ name: "day", quota: 10_000, seconds: 86_400 }],
      now: Date.now,
    }),
  });
  const handler = httpFunction((request) => proxyCall(world.dependencies, request));
  api = await startHttpApi({
    port: 0,
    routes: [
      { method: "ANY", path: "/api/{path+}", functionName: "proxy" },
      { method: "GET", path: "/gds/{path+}", functionName: "proxy" },
    ],
    handlers: { proxy: (event: never, context: Context) => handler(event, context) },
  });
  const keys = await world.issueKeys();
  callDirectly = client(direct.url, { key: consumerKey, secret: consumerSecret }, tokenFor(direct, "ada"));
  callThrough = client(
    api.url,
    { key: keys.consumerKey, secret: keys.consumerSecret },
    { key: keys.token, secret: keys.tokenSecret },
  );
});
afterAll(async () => {
  await api.close();
  await Promise.all([direct.close(), behind.close(), world.close(), dynamo.close()]);
});

/** Upwork's client with another base URL, which it reads when it is loaded. */
function client(baseUrl: string, consumer: KeyPair, token: KeyPair): typeof callDirectly {
  process.env.UPWORKAPI = baseUrl;
  const load = createRequire(import.meta.url);
  for (const name of Object.keys(load.cache))
    if (/node_modules\/(upwork-api|node-upwork)\//.test(name)) delete load.cache[name];
  const UpworkApi = load("upwork-api") as new (options: Record<string, string>) => Client;
  return async (router, method, values) => {
    // A new one for each call: it never finds back from the reports' base URL.
    const upwork = new UpworkApi({ consumerKey: consumer.key, consumerSecret: consumer.secret });
    await new Promise<void>((resolve) => upwork.setAccessToken(token.key, token.secret, resolve));
    const Router = loadRouter(`${router}.js`);
    return new Promise((resolve) =>
      new Router(upwork)[method]?.(...values, (error: { statusCode: number; data: string } | null, data: unknown) =>
        resolve(error ? { status: error.statusCode, data: error.data } : { status: 200, data }),
      ),
    );
  };
}

describe("Upwork's own client gets through the gateway what it gets from Upwork:", () => {
  test("every call site is driven, but the one that throws before it sends", () => {
    const driven = new Set(calls.map(({ router, method }) => `${router}.js ${method}`));
    const sites = upworkCallSites().map(({ router, method }) => `${router} ${method}`);
    expect(sites).toHaveLength(101);
    expect(sites.filter((site) => !driven.has(site))).toEqual(["hr/milestones.js delete"]);
  });

  test.each(calls.map((call) => [`${call.router}.${call.method}`, call] as const))("%s", async (_name, call) => {
    const expected = await callDirectly(call.router, call.method, call.values);
    const got = await callThrough(call.router, call.method, call.values);
    expect(got.status).toBe(call.status);
    if (call.status === 200) expect(got).toEqual(expected);
    else {
      // The two calls from which the client leaves out a slash: Upwork's 404 costs a unit, the gateway's says what is meant.
      expect(expected.status).toBe(404);
      expect(String(got.data)).toContain("/applications/{application_reference}");
    }
  });

  test("a number 0 in a form, which it signs as empty, is explained", async () => {
    const offer = { title: "A", close_on_accept: 0 };
    const { status, data } = await callThrough("hr/clients/offers", "makeOffer", [offer]);
    expect(status).toBe(401);
    expect(JSON.parse(String(data))).toMatchObject({ culprit: "close_on_accept" });
  });

  test("an object in a form, which it sends as nothing, is explained", async () => {
    const offer = { title: "A", context: { job_posting_ref: "1" } };
    const { status, data } = await callThrough("hr/clients/offers", "makeOffer", [offer]);
    expect(status).toBe(401);
    expect(JSON.parse(String(data))).toMatchObject({ culprit: "context", detail: expect.stringContaining("Flatten") });
  });
});
