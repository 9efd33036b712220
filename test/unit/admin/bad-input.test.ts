import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { adminRoutes } from "../../../functions/admin/table.ts";
import type { AdminRoute } from "../../../functions/platform/admin-route.ts";
import { adminApi } from "../../support/admin-api.ts";

// Every route of the table, with its own schemas and nothing behind them: whatever gets through is counted as taken.
const routes: AdminRoute<never>[] = adminRoutes.map((route) => ({ ...route, handle: async () => ({ status: 299 }) }));
const admin = adminApi({}, routes);
const json = { "content-type": "application/json" };
const match = { "if-match": "*" };

/** A path of the route whose variables are what a caller might well write. */
const pathOf = ({ path }: AdminRoute<never>) =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => (name === "keyId" ? "abcdefghij" : "acme"));
const all = routes.map((route) => [`${route.method} ${route.path}`, route] as const);
const withBody = all.filter(([, { body }]) => body !== undefined);
const withVariables = all.filter(([, { params }]) => params !== undefined);

describe.each(all)("%s", (_name, route) => {
  const ask = (call: Parameters<typeof admin>[2]) =>
    admin(route.method, pathOf(route), { ...call, headers: { ...match, ...call?.headers } });

  test("refuses a query parameter that nobody knows", async () => {
    const reply = await ask({ query: "nobody_knows=1" });
    expect(reply.status).toBe(422);
    const pointers = reply.body.errors?.map(({ pointer }) => pointer) ?? [];
    // A path that is refused is refused first.
    expect(pointers.every((pointer) => /^\/(path|query)\//.test(pointer)) && pointers.length > 0).toBe(true);
  });

  test("refuses a body of 70 KB", async () => {
    const reply = await ask({ body: JSON.stringify({ name: "x".repeat(70_000) }), headers: json });
    expect([413, 422]).toContain(reply.status);
  });

  test("refuses a broken query", async () => {
    expect([400, 422]).toContain((await ask({ query: "a=%zz" })).status);
  });
});

describe.each(withBody)("the body of %s", (_name, route) => {
  // With any path: what the path must be is asked before the body.
  const open: AdminRoute<never> = { ...route, path: "/admin/x" };
  delete open.params;
  const ask = adminApi({}, [open]);
  const post = (body: unknown, headers: Record<string, string> = json) =>
    ask(route.method, "/admin/x", { body, headers: { ...match, ...headers } });

  test.each([
    ["a field that nobody knows", { nobody_knows: 1 }, "/body/nobody_knows"],
    ["a list", [], "/body"],
    ["null", null, "/body"],
    ["a number", 7, "/body"],
  ])("is refused as %s", async (_what, body, pointer) => {
    const reply = await post(JSON.stringify(body));
    expect(reply.status).toBe(422);
    expect(reply.body.errors?.map((error) => error.pointer)).toContain(pointer);
  });

  test("is refused as half of JSON, as no UTF-8, and as a form", async () => {
    expect((await post('{"name":')).status).toBe(400);
    expect((await post(new Uint8Array([0x7b, 0xff, 0x7d]))).status).toBe(400);
    expect((await post("name=x", { "content-type": "application/x-www-form-urlencoded" })).status).toBe(415);
  });

  test("is taken, or refused with 422 and a pointer, whatever JSON it is", async () => {
    await fc.assert(
      fc.asyncProperty(anyObject(route), async (body) => {
        const reply = await post(JSON.stringify(body));
        expect([299, 422]).toContain(reply.status);
        if (reply.status === 422) {
          expect(reply.body.errors?.length).toBeGreaterThan(0);
          for (const { pointer, detail } of reply.body.errors ?? []) {
            expect(pointer).toMatch(/^\/body/);
            expect(detail).not.toBe("");
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe.each(withVariables)("the path of %s", (_name, route) => {
  test.each(["..", "%2e%2e", "A B", "x".repeat(600), "ä", "a\u0000b", "'; DROP TABLE", "{id}"])(
    "takes no %j",
    async (value) => {
      const path = route.path.replace(/\{\w+\}/g, value);
      const reply = await admin(route.method, path, { headers: match });
      expect(reply.status).toBe(422);
      expect(reply.body.errors?.[0]?.pointer).toMatch(/^\/path\//);
    },
  );
});

/** Objects whose fields have the names that the schema knows, and values of every kind. */
function anyObject({ body }: AdminRoute<never>): fc.Arbitrary<unknown> {
  const shape = (body as { shape?: Record<string, unknown> } | undefined)?.shape ?? {};
  const name = fc.oneof(fc.constantFrom("x", ...Object.keys(shape)), fc.string({ maxLength: 5 }));
  return fc.oneof(fc.dictionary(name, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 6 }), fc.jsonValue());
}
