import fc from "fast-check";
import { expect, test } from "vitest";
import { upstreamPath } from "../../../functions/proxy/path.ts";

test.each([
  ["/api/auth/v1/info", "/api/auth/v1/info"],
  ["/api/profiles/v1/jobs/~01ab;~02cd.json", "/api/profiles/v1/jobs/~01ab;~02cd.json"],
  ["/gds/timereports/v1/companies/a b", "/gds/timereports/v1/companies/a%20b"],
  ["/api/otask/v1/tasks/companies/mytestcompany:myteam", "/api/otask/v1/tasks/companies/mytestcompany:myteam"],
  ["/api/x/日", "/api/x/%E6%97%A5"],
])("encodes %s", (decoded, encoded) => {
  expect(upstreamPath(decoded)).toBe(encoded);
});

test.each([
  "/",
  "/admin/x",
  "/apix/y",
  "//evil.example/api/x",
  "http://evil.example/api/x",
  "/api//x",
  "/api/../gds/x",
  "/api/./x",
  "/api/..",
  "/api/profiles/..;/hr/v2/jobs",
  "/api/.;x=1/y",
  "/api/%2e%2e/x",
  "/api/a%2fb",
  "/api/a%5Cb",
  "/api/a\\b",
  "/api/a\u0000b",
  "/api/a\r\nHost: evil",
  "/api/a\u0085b",
  "/api/x?y",
  "/api/x#y",
  "/api/user@evil.example",
  "/api/\ufffd",
  `/api/${"x".repeat(3_000)}`,
])("refuses %j", (path) => {
  expect(() => upstreamPath(path)).toThrow(/path is refused/);
});

test("lets nothing out of the two trees or to another host, whatever the path is", () => {
  const piece = fc.oneof(
    fc.constantFrom("/", ".", "..", "%2f", "@", ":", ";", "\\", "api", "gds"),
    fc.string({ unit: "binary" }),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      let path: string;
      try {
        path = upstreamPath(`/api/${pieces.join("")}`);
      } catch {
        return;
      }
      const url = new URL(`https://www.upwork.com${path}`);
      expect(url.origin).toBe("https://www.upwork.com");
      expect(url.pathname).toBe(path);
      expect(url.pathname).toMatch(/^\/api\//);
      expect(url.search + url.hash).toBe("");
    }),
    { numRuns: 2_000 },
  );
});
