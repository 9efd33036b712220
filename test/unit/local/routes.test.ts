import { expect, test } from "vitest";
import { type Route, routes } from "../../../functions/platform/names.ts";
import { matchRoute } from "../../../local/routes.ts";

test.each([
  ["GET", "/", "console"],
  ["GET", "/api/x", "proxy"],
  ["DELETE", "/api/x/y", "proxy"],
  ["GET", "/gds/x", "proxy"],
  ["GET", "/oauth/callback", "oauth"],
  ["GET", "/budget", "budget"],
  ["POST", "/gds/x", undefined],
  ["GET", "/api/", undefined],
  ["GET", "/api", undefined],
  ["GET", "/apix", undefined],
  ["GET", "/budget/", undefined],
])("routes %s %s to %s", (method, path, functionName) => {
  expect(matchRoute(routes, method, path)?.functionName).toBe(functionName);
});

// The example of AWS's guide "Create routes for HTTP APIs", and what follows from it for ANY.
const pets = [
  { method: "ANY", path: "/{rest+}", functionName: "console" },
  { method: "GET", path: "/pets/{rest+}", functionName: "proxy" },
  { method: "GET", path: "/pets/dog/{id}", functionName: "oauth" },
  { method: "GET", path: "/pets/dog/1", functionName: "budget" },
  { method: "ANY", path: "/pets/dog/1", functionName: "report" },
] as const satisfies Route[];

test.each([
  ["GET", "/pets/dog/1", "GET /pets/dog/1", {}],
  ["POST", "/pets/dog/1", "ANY /pets/dog/1", {}],
  ["GET", "/pets/dog/2", "GET /pets/dog/{id}", { id: "2" }],
  ["GET", "/pets/dog/2/toys", "GET /pets/{rest+}", { rest: "dog/2/toys" }],
  ["GET", "/pets/cat/1", "GET /pets/{rest+}", { rest: "cat/1" }],
  ["POST", "/pets/dog/2", "ANY /{rest+}", { rest: "pets/dog/2" }],
  ["POST", "/test/5", "ANY /{rest+}", { rest: "test/5" }],
])("prefers the more specific route: %s %s", (method, path, routeKey, pathParameters) => {
  expect(matchRoute(pets, method, path)).toMatchObject({ routeKey, pathParameters });
  expect(matchRoute(pets.toReversed(), method, path)).toMatchObject({ routeKey });
});

test("a variable takes one segment that is not empty", () => {
  const route: Route[] = [{ method: "GET", path: "/admin/clients/{id}/keys/{key}", functionName: "console" }];
  const parametersOf = (path: string) => matchRoute(route, "GET", path)?.pathParameters;
  expect(parametersOf("/admin/clients/crm/keys/k 1")).toEqual({ id: "crm", key: "k 1" });
  expect(parametersOf("/admin/clients//keys/k1")).toBeUndefined();
  expect(parametersOf("/admin/clients/crm/keys/k1/")).toBeUndefined();
  expect(parametersOf("/admin/clients/crm/keys")).toBeUndefined();
});
