import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { UpstreamCall } from "../../../functions/proxy/call.ts";
import { refuseHopeless } from "../../../functions/proxy/checks.ts";

const nothing = { bytes: new Uint8Array(), contentType: undefined };
const json = (text: string) => ({ bytes: Buffer.from(text), contentType: "application/json; charset=utf-8" });

function callOf(overrides: Partial<UpstreamCall>): UpstreamCall {
  return {
    method: "GET",
    path: "/api/auth/v1/info",
    query: [],
    body: nothing,
    headers: {},
    connection: "a",
    ...overrides,
  };
}
const search = (paging: string) => callOf({ path: "/api/profiles/v2/search/jobs", query: [["paging", paging]] });

describe("is refused before it costs a unit:", () => {
  test.each<[string, UpstreamCall, string, string | RegExp]>([
    ["a count over 100", search("0;101"), "paging-refused", "paging=0;100"],
    ["a start beyond 5,000", search("5000;10"), "paging-refused", "Narrow the search"],
    [
      "either of two pagings",
      callOf({
        path: "/api/profiles/v2/search/jobs",
        query: [
          ["paging", "0;10"],
          ["paging", "0;101"],
        ],
      }),
      "paging-refused",
      "paging=0;100",
    ],
    ["a start beyond 5,000 with no count", search("5000"), "paging-refused", "Narrow the search"],
    ["a path that never was", callOf({ path: "/api/hr/v2/job" }), "path-unknown", "Did you mean /api/hr/v2/jobs?"],
    ["a path like nothing known", callOf({ path: "/api/x/y/z" }), "path-unknown", "Wrong URL requested"],
    ["a method that the path does not take", callOf({ method: "DELETE" }), "method-refused", "use GET"],
    [
      "a method in http_method that the path does not take",
      callOf({ method: "POST", path: "/api/hr/v2/jobs", body: { form: [["http_method", "delete"]] } }),
      "method-refused",
      "DELETE is not a method of /api/hr/v2/jobs; use GET, POST",
    ],
    ["a body on GET", callOf({ body: json("{}") }), "body-refused", "in the query"],
    ["a form on GET", callOf({ body: { form: [["a", "b"]] } }), "body-refused", "in the query"],
    [
      "malformed JSON",
      callOf({ method: "POST", path: "/api/hr/v2/jobs", body: json('{"a": hunter2}') }),
      "json-malformed",
      /is not: Unexpected token 'h' is not valid JSON\.$/,
    ],
  ])("%s", (_name, call, kind, message) => {
    expect(() => refuseHopeless(call)).toThrow(
      expect.objectContaining({
        kind,
        message: typeof message === "string" ? expect.stringContaining(message) : expect.stringMatching(message),
      }),
    );
  });
});

describe("passes:", () => {
  test.each<[string, UpstreamCall]>([
    ["the last page of a search", search("4999;100")],
    ["paging that is not offset;count, which Upwork judges", search("page 2")],
    ["a path with a format", callOf({ path: "/api/auth/v1/info.json" })],
    ["HEAD where GET is", callOf({ method: "HEAD" })],
    ["a retired family", callOf({ path: "/api/mc/v1/trays" })],
    ["a real DELETE", callOf({ method: "DELETE", path: "/api/hr/v2/jobs/~01a" })],
    [
      "a DELETE in a form, as Upwork's client sends it",
      callOf({ method: "POST", path: "/api/hr/v2/contracts/9", body: { form: [["http_method", "delete"]] } }),
    ],
    [
      "a PUT in JSON, as Upwork's Go client sends it",
      callOf({ method: "POST", path: "/api/hr/v2/contracts/9/suspend", body: json('{"http_method":"put"}') }),
    ],
    [
      "JSON of another type",
      callOf({ method: "POST", path: "/api/hr/v2/jobs", body: { ...nothing, bytes: Buffer.from("{") } }),
    ],
  ])("%s", (_name, call) => expect(() => refuseHopeless(call)).not.toThrow());
});

test("any paging within what Upwork gives passes, any beyond is refused", () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.nat(200), (offset, count) => {
      const check = () => refuseHopeless(search(`${offset};${count}`));
      if (offset < 5_000 && count <= 100) expect(check).not.toThrow();
      else expect(check).toThrow(expect.objectContaining({ kind: "paging-refused" }));
    }),
  );
});
