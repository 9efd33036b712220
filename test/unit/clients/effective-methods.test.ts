import fc from "fast-check";
import { expect, test } from "vitest";
import { effectiveMethods, type MethodBearer } from "../../../functions/clients/effective-methods.ts";

const every = ["POST", "GET", "HEAD", "PUT", "DELETE"];
const json = (text: string) => ({ bytes: Buffer.from(text) });
const of = (call: Partial<MethodBearer>) =>
  effectiveMethods({ method: "POST", query: [], body: { bytes: new Uint8Array() }, ...call });

test("a call without an override is what it says", () => {
  expect(of({ method: "GET", query: [["q", "http_method"]] })).toEqual(["GET"]);
  expect(of({ body: { form: [["method", "delete"]] } })).toEqual(["POST"]);
  expect(of({ body: json('{"title":"the http_method: delete","methods":["x"],"u":"\\u00fc"}') })).toEqual(["POST"]);
  expect(of({ body: json("plain text, 100 % plain") })).toEqual(["POST"]);
});

test("Upwork's own way of sending PUT and DELETE is the method it names", () => {
  expect(of({ body: { form: [["http_method", "delete"]] } })).toEqual(["DELETE"]);
  expect(of({ body: json('{"reason":"x","http_method":"put"}') })).toEqual(["PUT"]);
  expect(of({ body: json('{"http\\u005fmethod":"Delete"}') })).toEqual(["DELETE"]);
});

test.each<[string, Partial<MethodBearer>, string[]]>([
  ["in the query", { query: [["http_method", "delete"]] }, ["POST", "DELETE"]],
  ["on GET", { method: "GET", query: [["http_method", "post"]] }, ["GET", "POST"]],
  [
    "in query and form",
    { query: [["http_method", "get"]], body: { form: [["http_method", "delete"]] } },
    ["POST", "GET", "DELETE"],
  ],
  [
    "twice in a form",
    {
      body: {
        form: [
          ["http_method", "get"],
          ["http_method", "delete"],
        ],
      },
    },
    ["POST", "GET", "DELETE"],
  ],
  ["in capitals", { body: { form: [["HTTP_METHOD", "DELETE"]] } }, ["POST", "DELETE"]],
  ["as PHP reads it", { body: { form: [[" http.method", "delete"]] } }, ["POST", "DELETE"]],
  ["as a list", { body: { form: [["http_method[]", "delete"]] } }, ["POST", "DELETE"]],
  ["with a name cut by NUL", { body: { form: [["http_method\0x", "delete"]] } }, ["POST", "DELETE"]],
  ["of a method nobody knows", { body: { form: [["http_method", "merge"]] } }, ["POST", "MERGE"]],
  ["of no method", { body: { form: [["http_method", ""]] } }, ["POST", ""]],
  ["with spaces", { body: { form: [["http_method", " delete "]] } }, ["POST", "DELETE"]],
  ["twice in JSON", { body: json('{"http_method":"delete","http_method":"get"}') }, every],
  ["deep in JSON", { body: json('{"a":{"http_method":"delete"}}') }, every],
  ["in a list of JSON", { body: json('[{"http_method":"delete"}]') }, every],
  ["in another case in JSON", { body: json('{"Http_Method":"delete"}') }, every],
  ["that is no string in JSON", { body: json('{"http_method":["delete"]}') }, every],
  ["in broken JSON", { body: json('{"http_method":"delete",}') }, every],
  ["in UTF-16", { body: { bytes: Buffer.from('{"http_method":"delete"}', "utf16le") } }, ["DELETE"]],
  [
    "in a multipart form",
    { body: json('--x\r\ncontent-disposition: form-data; name="http_method"\r\n\r\ndelete\r\n--x--') },
    every,
  ],
  ["in a form that says it is none", { body: json("a=b&http%5Fmeth%6Fd=delete") }, every],
])("a method %s must be allowed in every reading", (_where, call, methods) => {
  expect(of(call)).toEqual(methods);
});

test("whatever the name's spelling in JSON, DELETE is among the readings", () => {
  const spelled = fc
    .array(fc.boolean(), { minLength: 11, maxLength: 11 })
    .map((flags) =>
      [..."http_method"]
        .map((char, index) => (flags[index] ? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}` : char))
        .join(""),
    );
  fc.assert(
    fc.property(spelled, fc.jsonValue(), (name, other) => {
      expect(of({ body: json(`{"other":${JSON.stringify(other)},"${name}":"delete"}`) })).toContain("DELETE");
    }),
  );
});
