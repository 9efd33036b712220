import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { renderApi } from "../../../docs/render/api-markdown.ts";
import { describeApi } from "../../../functions/admin/openapi.ts";
import { adminRoutes } from "../../../functions/admin/table.ts";
import { routes } from "../../../functions/platform/names.ts";
import { problemKinds } from "../../../functions/platform/problem.ts";

const read = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8");
const settings = { publicUrl: "https://gateway.example", adminDoor: "key" } as const;
const document = JSON.parse(JSON.stringify(describeApi(adminRoutes, settings)));

test("docs/openapi.json and docs/api.md are made from the code as it is: npm run docs:api", () => {
  expect(JSON.parse(read("openapi.json"))).toEqual(document);
  expect(read("api.md")).toBe(renderApi(document));
});

test("every route that is no page is described", () => {
  const pages = ["/", "/login", "/logout", "/oauth/start", "/oauth/callback"];
  const paths = Object.keys(document.paths);
  for (const { path } of routes) {
    if (pages.includes(path) || path === "/admin/{path+}") continue;
    expect(paths, path).toContain(path.replace("+}", "}"));
  }
});

test("every admin route asks for the admin key, and says what it answers without it", () => {
  for (const route of adminRoutes) {
    const operation = document.paths[route.path][route.method.toLowerCase()];
    expect(operation.security, route.path).toEqual([{ adminKey: [] }]);
    expect(Object.keys(operation.responses)).toEqual(
      expect.arrayContaining(["400", "401", "403", "422", "429", "500"]),
    );
  }
});

test("every problem is an answer to some operation, but for those that no call over HTTP or only pages meet", () => {
  const elsewhere = ["link-used", "event-refused"];
  const text = JSON.stringify(document.paths);
  const unsaid = Object.keys(problemKinds).filter((kind) => !text.includes(`(\`${kind}\`)`));
  expect(unsaid.toSorted()).toEqual(elsewhere.toSorted());
});

test("no two operations have the same id", () => {
  const ids = Object.values(document.paths).flatMap((methods) =>
    Object.values(methods as Record<string, { operationId: string }>).map(({ operationId }) => operationId),
  );
  expect(new Set(ids).size).toBe(ids.length);
});
