import { expect, test } from "vitest";
import { readResult } from "../../../local/http-results.ts";

test("reads a structured result", () => {
  const result = {
    statusCode: 201,
    headers: { "x-number": 7, "x-flag": true, Connection: "close", "Content-Length": "99" },
    cookies: ["a=1; Path=/", "b=2"],
    body: "aGVsbG8=",
    isBase64Encoded: true,
  };
  expect(readResult(result)).toEqual({
    status: 201,
    headers: [
      ["x-number", "7"],
      ["x-flag", "true"],
      ["set-cookie", ["a=1; Path=/", "b=2"]],
    ],
    body: Buffer.from("hello"),
  });
  expect(readResult({ statusCode: 204 })).toEqual({ status: 204, headers: [], body: Buffer.alloc(0) });
});

test("takes whatever has no status for the body itself", () => {
  expect(readResult({ hello: "world" })).toMatchObject({ status: 200, body: Buffer.from('{"hello":"world"}') });
  expect(readResult("hello")).toMatchObject({
    headers: [["content-type", "application/json"]],
    body: Buffer.from("hello"),
  });
  expect(readResult(undefined)).toMatchObject({ status: 200, body: Buffer.alloc(0) });
});

test.each([
  ["a status that is none", { statusCode: 99 }],
  ["a status in words", { statusCode: "ok" }],
  ["a header of several values", { statusCode: 200, headers: { "set-cookie": ["a", "b"] } }],
  ["a header that breaks the line", { statusCode: 200, headers: { location: "/\r\nset-cookie: a=1" } }],
  ["a header name that is none", { statusCode: 200, headers: { "a b": "1" } }],
  ["a cookie that breaks the line", { statusCode: 200, cookies: ["a=1\r\nx: y"] }],
  ["a body that is no text", { statusCode: 200, body: { a: 1 } }],
  ["more than Lambda can answer", { statusCode: 200, body: "x".repeat(6_291_557) }],
])("refuses %s", (_what, result) => {
  expect(readResult(result)).toBeUndefined();
});
