import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { accessLine, welcome } from "../../../local/terminal.ts";

const at = new Date(2026, 0, 2, 3, 4, 5);
const line = { method: "GET", path: "/api/x", status: 200, ms: 12, requestId: "r-1" };

test("tells of a request in one line, with its id where the log has more to say", () => {
  const plain = (given: Partial<typeof line>) => stripVTControlCharacters(accessLine({ ...line, ...given }, at));
  expect(plain({})).toBe("03:04:05 200 GET /api/x 12 ms");
  expect(plain({ status: 404 })).toBe("03:04:05 404 GET /api/x 12 ms");
  expect(plain({ status: 502 })).toBe("03:04:05 502 GET /api/x 12 ms  (request r-1)");
});

test("lets no path write to the terminal", () => {
  const shown = accessLine({ ...line, path: "/api/\u009b31mred\u00c3\u00a9" }, at);
  expect(stripVTControlCharacters(shown)).toBe("03:04:05 200 GET /api/%9B31mred%C3%A9 12 ms");
});

test("shows no address that is a secret", () => {
  for (const path of [`/hooks/hook_${"0".repeat(20)}.${"s3".repeat(21)}x`, `/hooks/results/res_${"5".repeat(32)}`]) {
    expect(accessLine({ ...line, path }, at)).toMatch(/redacted/);
    expect(accessLine({ ...line, path }, at)).not.toMatch(/s3s3|555/);
  }
});

const gateway = {
  url: "http://localhost:4000",
  upstream: "https://www.upwork.com",
  sandbox: undefined,
  isGraphqlOnly: false,
  dataDir: "/data",
  clientKey: "ugw_live_key",
  adminKey: "ugw_admin_key",
  dynamoUrl: "",
  secretsUrl: "",
};

test("says what to do next, and never the admin key", () => {
  const text = stripVTControlCharacters(welcome(gateway));
  expect(text).toContain("http://localhost:4000/oauth/start?connection=demo");
  expect(text).toContain('curl -H "Authorization: Bearer ugw_live_key"');
  expect(text).toContain("callback URL at Upwork must be http://localhost:4000/oauth/callback");
  expect(text).toContain("data            /data");
  expect(text).not.toContain("ugw_admin_key");
});

test("shows a call of the API that the key is for", () => {
  expect(welcome(gateway)).toContain("/api/profiles/v2/search/jobs?q=node.js");
  const today = welcome({ ...gateway, isGraphqlOnly: true });
  expect(today).toContain("curl http://localhost:4000/graphql");
  expect(today).not.toContain("/api/profiles");
});
