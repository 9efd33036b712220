import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonAnswer } from "../../../../sandbox/http/answers.ts";
import { asXml } from "../../../../sandbox/http/xml.ts";

const xml = (value: unknown) => asXml(jsonAnswer(200, value)).body.toString();

test("writes members as elements, lists as repeated elements, and nothing as an empty element", () => {
  expect(xml({ job: { title: "a & b", skills: ["x", "y"], none: "", list: [], gone: null, count: 2 } })).toBe(
    '<?xml version="1.0" encoding="UTF-8"?>\n<response><job><title>a &amp; b</title><skills>x</skills><skills>y</skills>' +
      "<none/><list/><gone/><count>2</count></job></response>\n",
  );
});

test("keeps status and the headers of an error, and says that it is XML", () => {
  const answer = asXml(jsonAnswer(404, { error: { code: 404 } }, { "x-upwork-error-code": "404" }));
  expect(answer).toMatchObject({
    status: 404,
    headers: { "content-type": "application/xml", "x-upwork-error-code": "404" },
  });
});

test("makes well-formed XML of anything that JSON can hold", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (value) => {
      const text = xml(value).replace(/^<\?xml[^>]*\?>\n/, "");
      // Every element that opens closes, in order, and no other markup is left.
      const open: string[] = [];
      const rest = text.replace(/<(\/?)([A-Za-z_][\w.-]*)(\/?)>/g, (_tag, closes, name, isEmpty) => {
        if (closes) expect(open.pop()).toBe(name);
        else if (!isEmpty) open.push(name);
        return "";
      });
      expect(open).toEqual([]);
      expect(rest).not.toMatch(/[<>]|&(?!amp;|lt;|gt;|quot;|apos;)/);
    }),
  );
});
