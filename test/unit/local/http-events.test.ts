import type { IncomingMessage } from "node:http";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readHttpRequest } from "../../../functions/platform/http.ts";
import { decodePath, toEvent } from "../../../local/http-events.ts";
import type { Match } from "../../../local/routes.ts";

const match: Match = { functionName: "proxy", routeKey: "ANY /api/{path+}", pathParameters: { path: "a b/~01;~02" } };
/** 12 March 2026, 19:03:58 UTC. */
const now = 1_773_342_238_000;

function incoming(overrides: Record<string, unknown> = {}, headers: Record<string, string[]> = {}): IncomingMessage {
  return {
    method: "POST",
    url: "/api/a%20b/~01;~02?q=1&q=2&e=%20",
    httpVersion: "1.1",
    headersDistinct: { host: ["gateway.example:4000"], ...headers },
    socket: { remoteAddress: "192.0.2.1", localPort: 4000 },
    ...overrides,
  } as unknown as IncomingMessage;
}

test("makes API Gateway's event in payload format 2.0", () => {
  const request = incoming(
    {},
    {
      accept: ["text/html", "application/json"],
      "content-type": ["application/json; charset=utf-8"],
      "user-agent": ["agent"],
      cookie: ["cookie1=a; cookie2=b", "cookie3=c"],
      "x-forwarded-for": ["198.51.100.7"],
      connection: ["keep-alive, X-Hop"],
      "x-hop": ["1"],
      "transfer-encoding": ["chunked"],
    },
  );
  // The fields, and what is joined, decoded and kept apart, are as AWS documents them.
  expect(toEvent(request, Buffer.from('{"a":"ü"}'), match, now)).toEqual({
    version: "2.0",
    routeKey: "ANY /api/{path+}",
    rawPath: "/api/a b/~01;~02",
    rawQueryString: "q=1&q=2&e=%20",
    cookies: ["cookie1=a", "cookie2=b", "cookie3=c"],
    headers: {
      host: "gateway.example:4000",
      accept: "text/html,application/json",
      "content-type": "application/json; charset=utf-8",
      "content-length": "10",
      "user-agent": "agent",
      "x-amzn-trace-id": expect.stringMatching(/^Root=1-69b30e1e-[0-9a-f]{24}$/),
      "x-forwarded-for": "198.51.100.7, 192.0.2.1",
      "x-forwarded-port": "4000",
      "x-forwarded-proto": "http",
    },
    queryStringParameters: { q: "1,2", e: " " },
    pathParameters: { path: "a b/~01;~02" },
    requestContext: {
      accountId: "000000000000",
      apiId: "local",
      domainName: "gateway.example",
      domainPrefix: "gateway",
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
      time: "12/Mar/2026:19:03:58 +0000",
      timeEpoch: now,
    },
    body: '{"a":"ü"}',
    isBase64Encoded: false,
  });
});

test("leaves absent things out", () => {
  const bare = incoming({ url: "/budget", method: "GET" });
  const event = toEvent(bare, Buffer.alloc(0), { ...match, pathParameters: {} }, now);
  for (const name of ["cookies", "queryStringParameters", "pathParameters", "body"]) {
    expect(event).not.toHaveProperty(name);
  }
  expect(event).toMatchObject({ isBase64Encoded: false, rawQueryString: "", headers: { "content-length": "0" } });
});

test.each([
  ["text/plain", true],
  ["text/html; charset=utf-8", true],
  ["application/json", true],
  ["Application/JSON;charset=utf-8", true],
  ["application/xml", true],
  ["application/javascript", true],
  ["application/x-www-form-urlencoded", false],
  ["multipart/form-data; boundary=x", false],
  ["application/octet-stream", false],
  ["application/problem+json", false],
  ["application/jsonp", false],
  [undefined, false],
])("sends a body of type %s as text: %s", (type, isText) => {
  const request = incoming({}, type === undefined ? {} : { "content-type": [type] });
  const event = toEvent(request, Buffer.from("a=1"), match, now);
  expect(event).toMatchObject({ body: isText ? "a=1" : "YT0x", isBase64Encoded: !isText });
});

test("a function gets the very bytes that were sent, whatever their type says", () => {
  const types = fc.constantFrom("text/plain", "application/json", "application/octet-stream", "image/png");
  fc.assert(
    fc.property(types, fc.uint8Array({ maxLength: 40 }), (type, bytes) => {
      const event = toEvent(incoming({}, { "content-type": [type] }), Buffer.from(bytes), match, now);
      expect(Buffer.from(readHttpRequest(event).body)).toEqual(Buffer.from(bytes));
    }),
  );
  const mark = Buffer.from("\ufeff{}");
  const event = toEvent(incoming({}, { "content-type": ["application/json"] }), mark, match, now);
  expect(Buffer.from(readHttpRequest(event).body)).toEqual(mark);
});

test("keeps names that every object has", () => {
  const request = incoming({ url: "/api/x?__proto__=1&constructor=2&__proto__=3" }, { constructor: ["h"] });
  const event = toEvent(request, Buffer.alloc(0), match, now);
  expect(Object.entries(event.queryStringParameters ?? {})).toEqual([
    ["__proto__", "1,3"],
    ["constructor", "2"],
  ]);
  expect(event.headers.constructor).toBe("h");
});

test("decodes a path once, but leaves encoded slashes for the function to see", () => {
  expect(decodePath("/api/%7E01%20%C3%A9%2Fx%5c%252e")).toBe("/api/~01 é%2Fx%5c%2e");
  for (const target of ["/api/%ff", "/api/%zz", "http://evil.example/api", "//evil.example/api", "*", "evil:443"]) {
    expect(() => decodePath(target), target).toThrow("Bad Request");
  }
});
