import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readOnlyAccess } from "../../../functions/clients/access.ts";
import { createClient } from "../../../functions/clients/client-keys.ts";
import type { HttpRequest } from "../../../functions/platform/http.ts";
import { openProxyWorld, type ProxyWorld } from "../../support/proxy-world.ts";

let world: ProxyWorld;
beforeAll(async () => {
  world = await openProxyWorld();
});
beforeEach(() => world.reset());
afterAll(() => world.close());

describe("a client that may only read profiles", () => {
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const json = { "content-type": "application/json" };
  beforeEach(async () => {
    const access = { ...readOnlyAccess, rules: ["GET /api/profiles/**"] };
    const client = { id: "reader", name: "Reader", connection: "acme", access };
    world.key = (await createClient(world.dependencies.table, client, "test")).key;
  });

  test("reads profiles", async () => {
    expect((await world.call({ path: "/api/profiles/v1/providers/~01.json" })).status).toBe(200);
    expect((await world.call({ path: "/api/profiles/v2/search/jobs", rawQuery: "q=http_method" })).status).toBe(200);
  });

  test.each<[string, Partial<HttpRequest>]>([
    ["another path", { path: "/api/hr/v2/jobs" }],
    ["another case", { path: "/api/Profiles/v2/search/jobs" }],
    ["a longer name", { path: "/api/profiles-x/v2" }],
    ["the other tree", { path: "/gds/profiles/v2" }],
    ["another method", { method: "POST", path: "/api/profiles/v2" }],
    ["a method in the query", { path: "/api/profiles/v2", rawQuery: "http_method=delete" }],
    ["a method in the query, encoded", { path: "/api/profiles/v2", rawQuery: "http%5Fmeth%6Fd=delete" }],
    [
      "a method in a form",
      { method: "POST", path: "/api/profiles/v2", headers: form, body: Buffer.from("http_method=delete") },
    ],
    [
      "a method in a form, twice",
      { method: "POST", path: "/api/profiles/v2", headers: form, body: Buffer.from("http_method=get&http_method=put") },
    ],
    [
      "a method in JSON",
      { method: "POST", path: "/api/profiles/v2", headers: json, body: Buffer.from('{"HTTP_method":"delete"}') },
    ],
    ["another connection", { path: "/api/profiles/v2", headers: { "connection-id": "begun" } }],
  ])("is refused %s, and nothing is sent or spent", async (_name, overrides) => {
    await expect(world.call(overrides)).rejects.toMatchObject({ kind: "client-not-allowed", status: 403 });
    expect(world.received).toHaveLength(0);
    expect(await world.used()).toBe(0);
  });

  test.each([
    "/api/profiles/../hr/v2/jobs",
    "/api/profiles/..;/hr",
    "/api/profiles%2F..%2Fhr",
    "/api/profiles/%2e%2e/hr",
  ])("gets no further by %s", async (path) => {
    await expect(world.call({ path })).rejects.toMatchObject({ kind: "path-refused", status: 400 });
    expect(world.received).toHaveLength(0);
  });
});
