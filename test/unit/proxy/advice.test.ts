import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { adviceOn, adviceRules } from "../../../functions/proxy/advice.ts";
import type { UpstreamCall } from "../../../functions/proxy/call.ts";

const json = "application/json";
const call: UpstreamCall = {
  method: "GET",
  path: "/api/auth/v1/info",
  query: [],
  body: { form: [] },
  headers: {},
  connection: "acme",
};

type Case = [
  id: string,
  answer: { status: number; text?: string; type?: string; message?: string },
  says: RegExp,
  call?: Partial<UpstreamCall>,
];
const cases: Case[] = [
  ["cloudflare", { status: 403, type: "text/html", text: "<title>Just a moment...</title>" }, /Cloudflare's check/],
  [
    "cloudflare",
    { status: 503, type: "text/html", text: "Enable JavaScript and cookies to continue" },
    /fixed address/,
  ],
  ["key-disabled", { status: 403, message: "API key has been disabled" }, /reopened the gate/],
  ["nonce", { status: 401, text: "Duplicate timestamp/nonce combination, possible replay attack." }, /call again/],
  ["timestamp", { status: 401, message: "Timestamp is out of sequence. Request rejected." }, /clock/],
  ["signature", { status: 401, text: "Verification of signature failed." }, /connection=acme&replace=true/],
  ["consumer-key", { status: 401, text: "The consumer_key does not exist" }, /application's key/],
  ["token", { status: 401, text: 'The consumer_key "a" token "b" combination does not exist' }, /connection acme/],
  ["token", { status: 401 }, /Connect again/],
  [
    "missing-permission",
    { status: 403, text: "This APP has no access to requested resource" },
    /lacks "Create\/modify\/remove job posts"/,
    { method: "POST", path: "/api/hr/v2/jobs" },
  ],
  [
    "missing-permission",
    { status: 403, text: "This APP has no access to requested resource" },
    /lacks "Close your contracts"/,
    { method: "POST", path: "/api/hr/v2/contracts/9.json", body: { form: [["http_method", "delete"]] } },
  ],
  [
    "missing-permission",
    { status: 400, text: "This APP has no access to requested resource" },
    /a permission/,
    { path: "/api/x" },
  ],
  [
    "reference-or-id",
    { status: 404, text: "Not found" },
    /company_reference wants a reference \(a number\) and got "acme"/,
    { path: "/api/hr/v2/companies/acme" },
  ],
  [
    "reference-or-id",
    { status: 403, text: "Forbidden" },
    /company_id wants an id .* and got "123"/,
    { path: "/api/messages/v3/123/rooms" },
  ],
  [
    "reference-or-id",
    { status: 400 },
    /buyer_team__reference wants a reference/,
    { path: "/api/hr/v2/jobs", query: [["buyer_team__reference", "acme:design"]] },
  ],
  [
    "wrong-url",
    { status: 404, text: "Wrong URL requested" },
    /Did you mean/,
    { path: "/api/hr/v2/job", query: [["team_id", "123"]] },
  ],
  ["too-many-requests", { status: 429 }, /calls of this gateway pause/, { path: "/api/hr/v2/companies/acme" }],
  ["length-required", { status: 411 }, /egress proxy/, { path: "/api/hr/v2/companies/acme" }],
  ["web-page", { status: 404, type: "text/html", text: "<html>" }, /web site/],
  ["web-page", { status: 403, type: "text/html", text: "<html>" }, /not its API/],
  ["upwork-fault", { status: 500 }, /look first where the call changes something/],
  ["user-permission", { status: 403, text: "Forbidden" }, /account of connection acme/],
  [
    "wrong-url",
    { status: 404, text: "Wrong URL requested" },
    /Did you mean \/api\/hr\/v2\/jobs\?/,
    { path: "/api/hr/v2/job" },
  ],
  [
    "wrong-url",
    { status: 500, text: "Wrong URL requested" },
    /\/api\/profiles\/v2\/search\/jobs/,
    { path: "/gds/profiles/v2/search/jobs" },
  ],
  ["wrong-url", { status: 404, text: "Wrong URL requested" }, /no such path\./, { path: "/api/completely/other" }],
  ["wrong-url", { status: 404, text: "Wrong URL requested" }, /any more/],
  ["not-found", { status: 404, text: "Not found" }, /visible to connection acme/],
  ["length-required", { status: 411, type: "text/html", text: "<h1>411</h1>" }, /Content-Length/],
  ["too-many-requests", { status: 429, type: "text/plain", text: "Too Many Requests" }, /somebody else/],
  ["unavailable", { status: 200, type: "text/plain", text: "Service temporarily unavailable" }, /status 200/],
  ["upwork-fault", { status: 502 }, /Upwork's side/],
  ["web-page", { status: 400, type: "text/html", text: "<html>" }, /web site/],
];

const advise = ({ status, text = "", type = json, message }: Case[1], overrides: Partial<UpstreamCall> = {}) =>
  adviceOn(
    {
      status,
      headers: { "content-type": type, ...(message === undefined ? {} : { "x-upwork-error-message": message }) },
      body: Buffer.from(text),
    },
    { ...call, ...overrides },
  );

describe("advice", () => {
  test.each(cases)("%s on %j", (id, answer, says, overrides) => {
    const advice = advise(answer, overrides);
    expect(advice).toMatch(says);
    expect(advice).toMatch(new RegExp(`#advice-${id}$`));
  });

  test("is none where nothing went wrong", () => {
    expect(advise({ status: 200, text: '{"jobs":[]}' })).toBeUndefined();
    expect(advise({ status: 200, type: "text/plain", text: "fine" })).toBeUndefined();
    expect(advise({ status: 302 })).toBeUndefined();
  });

  test("has a case here and a row in docs/errors.md for every rule, and no row for another", () => {
    const ids = adviceRules.map(({ id }) => id);
    expect(new Set(cases.map(([id]) => id))).toEqual(new Set(ids));
    const text = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");
    const rows = [...text.matchAll(/<a id="advice-([a-z-]+)"><\/a>`\1`/g)].map(([, id]) => id);
    expect(rows).toEqual([...ids, "graphql"]);
  });

  test("is one line of ASCII, whatever Upwork and the caller say", () => {
    const text = fc.string({ unit: "binary", maxLength: 50 });
    fc.assert(
      fc.property(fc.integer({ min: 400, max: 599 }), text, text, (status, body, value) => {
        const advice = advise(
          { status, text: body },
          { path: "/api/hr/v2/jobs", query: [["buyer_team__reference", value]] },
        );
        if (advice !== undefined) expect(advice).toMatch(/^[\x20-\x7e]+$/);
      }),
    );
  });
});
