import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Access,
  accessSchema,
  fullAccess,
  type Permitted,
  readOnlyAccess,
  requireGraphqlAccess,
  requireRestAccess,
} from "../../../functions/clients/access.ts";

const none = { query: [], body: { bytes: new Uint8Array() } };
const permitted = (access: Partial<Access>): Permitted => ({
  id: "crm",
  connection: "acme",
  access: { rules: [], connections: [], graphql: false, mutations: false, ...access },
});

function allows(rules: readonly string[], method: string, path: string): boolean {
  try {
    requireRestAccess(permitted({ rules }), { method, path, connection: "acme", ...none });
    return true;
  } catch {
    return false;
  }
}

describe("a rule", () => {
  test.each([
    ["GET /api/profiles/**", "GET", "/api/profiles/v2/search/jobs", true],
    ["GET /api/profiles/**", "GET", "/api/profiles", true],
    ["GET /api/profiles/**", "HEAD", "/api/profiles/v2/search/jobs", true],
    ["GET /api/profiles/**", "POST", "/api/profiles/v2/search/jobs", false],
    ["GET /api/profiles/**", "GET", "/api/profilesx/v2", false],
    ["GET /api/profiles/**", "GET", "/api/Profiles/v2", false],
    ["GET /api/profiles/**", "GET", "/api/hr/v2/jobs", false],
    ["HEAD /api/x", "GET", "/api/x", false],
    ["ANY /api/*/v2", "DELETE", "/api/hr/v2", true],
    ["ANY /api/*/v2", "DELETE", "/api/hr/x/v2", false],
    ["GET /api/auth/v1/info", "GET", "/api/auth/v1/info.json", true],
    ["GET /api/auth/v1/info.json", "GET", "/api/auth/v1/info.json", true],
    ["GET /api/auth/v1/info", "GET", "/api/auth/v1/info/", true],
    ["GET /api/auth/v1/info", "GET", "/api/auth/v1/info.html", false],
    ["GET /api/a/*", "GET", "/api/a/", false],
    ["GET /api/jobs/~01", "GET", "/api/jobs/~01;~02", false],
    ["GET /api/日", "GET", "/api/%E6%97%A5", true],
    ["ANY /**", "POST", "/gds/x", true],
  ])("%s: %s %s is %j", (rule, method, path, isAllowed) => expect(allows([rule], method, path)).toBe(isAllowed));

  test("never allows a segment that some server could read as dots, whatever it says", () => {
    for (const path of ["/api/..;/x", "/api/.;a=b/x", "/api/profiles/;/x", "/api//x"]) {
      expect(allows(fullAccess.rules, "GET", path)).toBe(false);
    }
  });

  test("allows no path outside what it names, whatever stands in it", () => {
    const segment = fc.oneof(
      fc.constantFrom("api", "profiles", "Profiles", "..", ".", "..;", ";", "profiles;", "profiles.json", ""),
      fc.stringMatching(/^[a-zA-Z0-9.;~_%-]{0,6}$/),
    );
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (segments) => {
        const path = `/${segments.map(encodeURIComponent).join("/")}`;
        if (!allows(["GET /api/profiles/**"], "GET", path)) return;
        expect(path).toMatch(/^\/api\/profiles(\.json|\.xml)?(\/|$)/);
        expect(decodeURIComponent(path)).not.toMatch(/\/\.{0,2}(;|\/)/);
      }),
      { numRuns: 2_000 },
    );
  });

  test("is refused where it says nothing that can be matched", () => {
    const takes = (rule: string) => accessSchema.safeParse({ ...readOnlyAccess, rules: [rule] }).success;
    expect(["GET /api/**", "ANY /**", "PUT /api/hr/*/x", "GET /api/jobs/~01;~02"].every(takes)).toBe(true);
    for (const rule of [
      "",
      "GET",
      "get /api/x",
      "PATCH /api/x",
      "GET api/x",
      "GET  /api/x",
      "GET /api//x",
      "GET /api/x/",
      "GET /api/**/x",
      "GET /api/x*",
      "GET /api/../x",
      "GET /api/%2e",
      "GET /api/x?y",
      `GET /${"x".repeat(500)}`,
    ]) {
      expect(takes(rule), rule).toBe(false);
    }
  });
});

test("a refusal names the missing rule and how to add it", () => {
  const call = { method: "POST", path: "/api/hr/v2/jobs", connection: "acme", ...none };
  expect(() => requireRestAccess(permitted(readOnlyAccess), call)).toThrow(
    expect.objectContaining({
      kind: "client-not-allowed",
      status: 403,
      members: { client: "crm", rule: "POST /api/hr/v2/jobs" },
      message:
        'Client "crm" may not POST /api/hr/v2/jobs: none of its rules allows it (GET /api/**, GET /gds/**). An admin can add a rule such as "POST /api/hr/v2/jobs" to access.rules with PATCH /admin/clients/crm.',
    }),
  );
});

describe("connections", () => {
  const call = { method: "GET", path: "/api/x", ...none };
  test("are the client's own and the named ones", () => {
    const client = permitted({ rules: ["GET /api/**"], connections: ["partner"] });
    requireRestAccess(client, { ...call, connection: "acme" });
    requireRestAccess(client, { ...call, connection: "partner" });
    expect(() => requireRestAccess(client, { ...call, connection: "secret" })).toThrow(
      'may not use connection "secret", only its own "acme" and "partner"',
    );
  });
  test("are all of them with a star", () => {
    requireRestAccess(permitted({ rules: ["GET /api/**"], connections: ["*"] }), { ...call, connection: "x" });
  });
});

describe("GraphQL", () => {
  test("is off, or for queries only, or for all", () => {
    const ask = (access: Partial<Access>, isMutation: boolean) => () =>
      requireGraphqlAccess(permitted(access), { connection: "acme", isMutation });
    expect(ask({}, false)).toThrow("may not use GraphQL");
    expect(ask({ graphql: true }, true)).toThrow("access.mutations");
    expect(ask({ mutations: true }, true)).toThrow("may not use GraphQL");
    expect(ask(readOnlyAccess, false)).not.toThrow();
    expect(ask(readOnlyAccess, true)).toThrow("access.mutations");
    expect(ask(fullAccess, true)).not.toThrow();
  });
});
