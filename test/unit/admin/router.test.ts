import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { matchPath } from "../../../functions/admin/router.ts";
import { adminRoute, etagOf, pageQuery } from "../../../functions/platform/admin-route.ts";
import { readCursor, writeCursor } from "../../../functions/platform/cursor.ts";
import { adminApi } from "../../support/admin-api.ts";

const route = adminRoute<object>();
const answers = { 200: { description: "what came in" } };
const echo = adminApi({}, [
  route({
    method: "POST",
    path: "/admin/things/{id}",
    tag: "gateway",
    summary: "echo",
    params: z.strictObject({ id: z.string().check(z.regex(/^[a-z]{1,5}$/)) }),
    query: z.strictObject({ ...pageQuery.shape, isDry: z.optional(z.boolean()) }),
    body: z.strictObject({
      name: z.string(),
      tags: z._default(z.array(z.strictObject({ weight: z.int().check(z.lte(9)) })), []),
    }),
    answers,
    handle: async (_services, { params, query, body }) => ({ status: 200, value: { params, query, body } }),
  }),
  route({
    method: "GET",
    path: "/admin/things/all",
    tag: "gateway",
    summary: "a literal beside a variable",
    answers,
    handle: async () => ({ status: 200, value: { all: true }, etag: etagOf(7) }),
  }),
  route({
    method: "GET",
    path: "/admin/things/{id}",
    tag: "gateway",
    summary: "a variable",
    params: z.strictObject({ id: z.string() }),
    answers,
    handle: async (_services, { params }) => ({ status: 200, value: params }),
  }),
]);
const post = (call: Parameters<typeof echo>[2]) => echo("POST", "/admin/things/abc", { body: { name: "n" }, ...call });

describe("what is asked for", () => {
  test("arrives parsed, with defaults, numbers and booleans", async () => {
    const { body } = await post({ query: "limit=7&isDry=true&", body: { name: "n", tags: [{ weight: 1 }] } });
    expect(body).toEqual({
      params: { id: "abc" },
      query: { limit: 7, isDry: true },
      body: { name: "n", tags: [{ weight: 1 }] },
    });
    expect((await post({})).body).toMatchObject({ query: { limit: 20 }, body: { name: "n", tags: [] } });
  });

  test("is the literal path before the variable one", async () => {
    expect((await echo("GET", "/admin/things/all")).body).toEqual({ all: true });
    expect((await echo("GET", "/admin/things/x")).body).toEqual({ id: "x" });
  });

  test("of no route is 404, and by no method of a route 405", async () => {
    expect(await echo("GET", "/admin/nothing")).toMatchObject({
      status: 404,
      body: { type: expect.stringContaining("not-found") },
    });
    expect(await echo("GET", "/admin/things/")).toMatchObject({ status: 404 });
    expect(await echo("PUT", "/admin/things/x")).toMatchObject({ status: 405, headers: { allow: "POST, GET" } });
  });
});

describe("what is wrong is refused with a pointer to it", () => {
  const json = { "content-type": "application/json" };
  test.each<[string, Parameters<typeof echo>[2], number, string[]]>([
    ["no body", { body: undefined }, 415, []],
    ["an empty body", { body: "", headers: json }, 400, ["/body"]],
    ["a form", { body: "name=n", headers: { "content-type": "application/x-www-form-urlencoded" } }, 415, []],
    ["text that says it is JSON", { body: "name=n", headers: json }, 400, ["/body"]],
    ["bytes that are no UTF-8", { body: new Uint8Array([123, 255, 125]), headers: json }, 400, ["/body"]],
    ["a body too large", { body: { name: "x".repeat(70_000) } }, 413, []],
    ["a list for an object", { body: [] }, 422, ["/body"]],
    ["null for an object", { body: null }, 422, ["/body"]],
    ["a missing field", { body: {} }, 422, ["/body/name"]],
    ["a field of the wrong type", { body: { name: 1 } }, 422, ["/body/name"]],
    ["a field nobody knows", { body: { name: "n", "a/b~": 1 } }, 422, ["/body/a~1b~0"]],
    ["a prototype", { body: '{"name":"n","__proto__":{}}', headers: json }, 422, ["/body/__proto__"]],
    [
      "two fields deep inside",
      { body: { name: "n", tags: [{ weight: 10 }, { weight: "x", extra: 1 }] } },
      422,
      ["/body/tags/0/weight", "/body/tags/1/weight", "/body/tags/1/extra"],
    ],
    ["a parameter nobody knows", { query: "colour=red" }, 422, ["/query/colour"]],
    ["a parameter out of range", { query: "limit=0" }, 422, ["/query/limit"]],
    ["a number that is none", { query: "limit=1e1" }, 422, ["/query/limit"]],
    ["a number that is empty", { query: "limit=" }, 422, ["/query/limit"]],
    ["a boolean that is none", { query: "isDry=yes" }, 422, ["/query/isDry"]],
    ["a parameter twice", { query: "limit=1&limit=2" }, 400, ["/query/limit"]],
    ["a query with a broken encoding", { query: "cursor=%zz" }, 400, ["/query"]],
  ])("%s", async (_what, call, status, pointers) => {
    const reply = await post(call);
    expect(reply.status, JSON.stringify(reply.body)).toBe(status);
    expect((reply.body.errors ?? []).map(({ pointer }) => pointer)).toEqual(pointers);
    expect(reply.body).toMatchObject({ type: expect.stringContaining("docs/errors.md#"), detail: expect.any(String) });
  });

  test("a path that the schema does not take", async () => {
    const { status, body } = await echo("POST", "/admin/things/TOOLONG", { body: { name: "n" } });
    expect({ status, errors: body.errors?.map(({ pointer }) => pointer) }).toEqual({
      status: 422,
      errors: ["/path/id"],
    });
  });

  test("a body where none belongs", async () => {
    expect(await echo("GET", "/admin/things/all", { body: {} })).toMatchObject({ status: 400 });
  });

  test("whatever the body is, the answer is 200, 400 or 422", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string(), fc.uint8Array()), async (body) => {
        expect([200, 400, 422]).toContain((await post({ body, headers: json })).status);
      }),
    );
  });

  test("whatever the query is, the answer is 200, 400 or 422", async () => {
    const piece = fc.oneof(fc.constantFrom("limit", "cursor", "isDry", "=", "&", "1", "true", "%"), fc.string());
    await fc.assert(
      fc.asyncProperty(fc.array(piece), async (pieces) => {
        expect([200, 400, 422]).toContain((await post({ query: pieces.join("") })).status);
      }),
    );
  });
});

test("a path fits its pattern segment by segment", () => {
  expect(matchPath("/admin/a/{x}/b/{y}", "/admin/a/1/b/2")).toEqual({ x: "1", y: "2" });
  for (const path of ["/admin/a/1/b", "/admin/a//b/2", "/admin/a/1/c/2", "/admin/a/1/b/2/", "/Admin/a/1/b/2"]) {
    expect(matchPath("/admin/a/{x}/b/{y}", path), path).toBeUndefined();
  }
});

test("a cursor leads back to the place it was made of, and nothing else is one", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: "grapheme" }), (place) => {
      expect(readCursor(writeCursor(place))).toBe(place);
    }),
  );
  for (const cursor of ["", "=", "a", "YWJj=", "YW Jj", "_-8"])
    expect(() => readCursor(cursor), cursor).toThrow("cursor");
});
