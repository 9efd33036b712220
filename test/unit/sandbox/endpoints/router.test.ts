import fc from "fast-check";
import { expect, test } from "vitest";
import type { Endpoint } from "../../../../sandbox/endpoints/endpoint.ts";
import { createRouter } from "../../../../sandbox/endpoints/router.ts";
import { endpoints } from "../../../../sandbox/endpoints/table.ts";

const row = (method: Endpoint["method"], path: string): Endpoint => ({
  method,
  path,
  permission: "identity",
  shape: "guess",
  answer: () => ({ payload: {} }),
});
const route = createRouter([
  row("GET", "/users/{user}"),
  row("GET", "/users/me"),
  row("PUT", "/users/{user}"),
  row("DELETE", "/shots/{times}//webcam"),
]);
const found = (path: string) => route(path).map(({ endpoint, segments }) => [endpoint.method, endpoint.path, segments]);

test("prefers a word to a name, and finds every method of a path", () => {
  expect(found("/users/me")).toEqual([
    ["GET", "/users/me", {}],
    ["GET", "/users/{user}", { user: "me" }],
    ["PUT", "/users/{user}", { user: "me" }],
  ]);
});

test("decodes what stands for a name, once", () => {
  expect(found("/users/a%3Ab%2525")[0]).toEqual(["GET", "/users/{user}", { user: "a:b%25" }]);
});

test.each(["/users", "/users/", "/users/a/b", "/users/%zz", "/Users/me", "users/me", "/shots/1/webcam", ""])(
  "finds nothing at %j",
  (path) => {
    expect(found(path)).toEqual([]);
  },
);

test("takes the two slashes that Upwork's Python client writes", () => {
  expect(found("/shots/1;2//webcam")).toEqual([["DELETE", "/shots/{times}//webcam", { times: "1;2" }]]);
});

test("finds every row of the table by its path, with any values for its names", () => {
  const all = createRouter(endpoints);
  const value = fc.string({ minLength: 1 }).map((text) => text.toWellFormed());
  fc.assert(
    fc.property(fc.constantFrom(...endpoints), fc.array(value, { minLength: 4, maxLength: 4 }), (endpoint, values) => {
      const names = [...endpoint.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
      let at = 0;
      const path = endpoint.path.replace(/\{\w+\}/g, () => encodeURIComponent(values[at++] ?? ""));
      const match = all(path).find((candidate) => candidate.endpoint === endpoint);
      expect(match?.segments).toEqual(Object.fromEntries(names.map((name, index) => [name, values[index]])));
    }),
  );
});
