import type { APIGatewayProxyEventV2 } from "aws-lambda";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readHttpRequest, writeHttpResponse } from "../../../functions/platform/http.ts";
import { Html, html } from "../../../functions/platform/page.ts";
import { Problem, problemKinds, retryAfterSeconds } from "../../../functions/platform/problem.ts";

function event(overrides: Partial<APIGatewayProxyEventV2> & { stage?: string }): APIGatewayProxyEventV2 {
  const { stage = "$default", ...rest } = overrides;
  return {
    version: "2.0",
    routeKey: "ANY /api/{path+}",
    rawPath: "/api/x",
    rawQueryString: "",
    headers: {},
    isBase64Encoded: false,
    requestContext: {
      accountId: "1",
      apiId: "a",
      domainName: "d",
      domainPrefix: "d",
      http: { method: "get", path: "/api/x", protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "u" },
      requestId: "r",
      routeKey: "ANY /api/{path+}",
      stage,
      time: "",
      timeEpoch: 0,
    },
    ...rest,
  };
}

test("takes a named stage off the path, and only a whole segment of it", () => {
  expect(readHttpRequest(event({ stage: "prod", rawPath: "/prod/api/x" })).path).toBe("/api/x");
  expect(readHttpRequest(event({ stage: "prod", rawPath: "/prod" })).path).toBe("/");
  expect(readHttpRequest(event({ stage: "prod", rawPath: "/production/api" })).path).toBe("/production/api");
  expect(readHttpRequest(event({ rawPath: "/prod/api/x" })).path).toBe("/prod/api/x");
});

test("reads bodies as text or base64, cookies apart, and header names in lower case", () => {
  const request = readHttpRequest(
    event({ body: "AP8=", isBase64Encoded: true, cookies: ["a=1=2", "b"], headers: { "X-Api-Key": "k" } }),
  );
  expect([...request.body]).toEqual([0, 255]);
  expect(request.cookies).toEqual({ a: "1=2" });
  expect(request.headers).toEqual({ "x-api-key": "k" });
  expect(request.method).toBe("GET");
});

test("refuses what is no HTTP event", () => {
  expect(() => readHttpRequest({} as APIGatewayProxyEventV2)).toThrow(Problem);
});

test("writes any bytes so that the same bytes arrive", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const result = writeHttpResponse({ status: 200, body: bytes });
      expect(Buffer.from(result.body ?? "", result.isBase64Encoded ? "base64" : "utf8")).toEqual(Buffer.from(bytes));
    }),
  );
});

test.each([
  ["texts in quotes", 'x","'],
  ["nothing that is to be escaped", "abcd"],
  ["line feeds", "\n\n\n\n"],
])("the largest answer fits into Lambda's 6 MB, of %s too", (_what, piece) => {
  const body = Buffer.from(piece.repeat(1_100_000));
  const result = writeHttpResponse({ status: 200, headers: { "x-some": "y".repeat(10_000) }, body });
  expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(6 * 1024 * 1024);
  expect(Buffer.from(result.body ?? "", result.isBase64Encoded ? "base64" : "utf8").equals(body)).toBe(true);
});

test("every problem has a client or server status, and Retry-After is never too early", () => {
  for (const { status } of Object.values(problemKinds)) expect(status).toBeGreaterThanOrEqual(400);
  expect([0, 1, 999, 1000, 1001].map(retryAfterSeconds)).toEqual([1, 1, 1, 1, 2]);
  expect(new Problem("quota-exceeded", "x").toJSON().type).toBe(
    "https://iana.org/assignments/http-problem-types#quota-exceeded",
  );
});

test("escapes every value in a page", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(html`<p title="${text}">${text}</p>`.text.replace(/^<p title="|">|<\/p>$/g, "")).not.toMatch(/[<>"']/);
    }),
  );
  expect(html`${"live\u202evil\u2067"} active`.text).toBe("livevil active");
  expect(html`${new Html("<b>")}${[html`<i>`]}`.text).toBe("<b><i>");
});
