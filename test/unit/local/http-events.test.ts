import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { routes } from "../../../functions/platform/names.ts";
import { decodePath, matchRoute, toEvent } from "../../../local/http-events.ts";

function incoming(overrides: Record<string, unknown>): IncomingMessage {
  return {
    method: "POST",
    url: "/api/a%20b/~01;~02?q=1&q=2&e=%20",
    httpVersion: "1.1",
    headers: { cookie: "cookie1=a; cookie2=b" },
    headersDistinct: {
      host: ["gateway.example"],
      accept: ["text/html", "application/json"],
      "content-type": ["application/json; charset=utf-8"],
      "user-agent": ["agent"],
      cookie: ["cookie1=a; cookie2=b"],
    },
    socket: { remoteAddress: "192.0.2.1" },
    ...overrides,
  } as unknown as IncomingMessage;
}
const match = matchRoute(routes, "POST", "/api/a b/~01;~02");

test("makes API Gateway's event in payload format 2.0", () => {
  if (match === undefined) throw new Error("the route exists");
  const event = toEvent(incoming({}), Buffer.from('{"a":"ü"}'), match, 1_773_342_238_000);
  // The fields, and what is joined, decoded and kept apart, are as AWS documents them.
  expect(event).toEqual({
    version: "2.0",
    routeKey: "ANY /api/{path+}",
    rawPath: "/api/a b/~01;~02",
    rawQueryString: "q=1&q=2&e=%20",
    cookies: ["cookie1=a", "cookie2=b"],
    headers: {
      host: "gateway.example",
      accept: "text/html,application/json",
      "content-type": "application/json; charset=utf-8",
      "user-agent": "agent",
    },
    queryStringParameters: { q: "1,2", e: " " },
    pathParameters: { path: "a b/~01;~02" },
    requestContext: {
      accountId: "000000000000",
      apiId: "local",
      domainName: "gateway.example",
      domainPrefix: "local",
      http: {
        method: "POST",
        path: "/api/a b/~01;~02",
        protocol: "HTTP/1.1",
        sourceIp: "192.0.2.1",
        userAgent: "agent",
      },
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      routeKey: "ANY /api/{path+}",
      stage: "$default",
      time: expect.any(String),
      timeEpoch: 1_773_342_238_000,
    },
    body: '{"a":"ü"}',
    isBase64Encoded: false,
  });
});

test("sends what is not text as base64, and leaves absent things out", () => {
  if (match === undefined) throw new Error("the route exists");
  const binary = incoming({
    headersDistinct: { "content-type": ["application/x-www-form-urlencoded"] },
    url: "/api/x",
    headers: {},
  });
  const event = toEvent(binary, Buffer.from("a=1"), match, 0);
  expect(event).toMatchObject({ body: "YT0x", isBase64Encoded: true, rawQueryString: "" });
  expect(event).not.toHaveProperty("cookies");
  expect(event).not.toHaveProperty("queryStringParameters");
  expect(toEvent(binary, Buffer.alloc(0), match, 0)).not.toHaveProperty("body");
});

test.each([
  ["GET", "/", "console"],
  ["GET", "/api/x", "proxy"],
  ["DELETE", "/api/x/y", "proxy"],
  ["GET", "/gds/x", "proxy"],
  ["GET", "/oauth/callback", "oauth"],
  ["GET", "/budget", "budget"],
  ["POST", "/gds/x", undefined],
  ["GET", "/api/", undefined],
  ["GET", "/apix", undefined],
  ["GET", "/budget/", undefined],
])("routes %s %s to %s", (method, path, functionName) => {
  expect(matchRoute(routes, method, path)?.functionName).toBe(functionName);
});

test("decodes a path once, but leaves encoded slashes for the function to see", () => {
  expect(decodePath("/api/%7E01%20%C3%A9%2Fx%5c%252e")).toBe("/api/~01 é%2Fx%5c%2e");
  expect(() => decodePath("/api/%ff")).toThrow("Bad Request");
  expect(() => decodePath("http://evil.example/api")).toThrow("Bad Request");
});
