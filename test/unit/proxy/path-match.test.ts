import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isRetired, matchPath, nearestPath, templateOf } from "../../../functions/proxy/path-match.ts";
import { permissions, upworkPaths } from "../../../functions/proxy/upwork-paths.ts";
import { upworkCallSites } from "../../support/upwork-call-sites.ts";

describe("the table of Upwork's paths", () => {
  test("knows every call that Upwork's own client makes, but for its own two slips", () => {
    const sites = upworkCallSites();
    expect(sites).toHaveLength(101);
    const unknown = sites.filter(({ call }) => {
      const known = call && matchPath(call.path)?.known;
      return known === undefined || !(call && call.method in known.methods);
    });
    expect(unknown.map(({ router, method }) => `${router} ${method}`)).toEqual([
      "hr/clients/applications.js getSpecific",
      "hr/freelancers/applications.js getSpecific",
      "hr/milestones.js delete",
    ]);
  });

  test("names a permission that exists for every method, and every path once", () => {
    const named = upworkPaths.flatMap(({ methods }) => Object.values(methods));
    expect(new Set(named)).toEqual(new Set(Object.keys(permissions)));
    expect(new Set(upworkPaths.map(({ path }) => path)).size).toBe(upworkPaths.length);
  });
});

describe("a path", () => {
  test.each([
    ["/api/hr/v2/jobs/~01a", "/api/hr/v2/jobs/{job_key}", { job_key: "~01a" }],
    ["/api/hr/v2/users/me.json", "/api/hr/v2/users/me", {}],
    ["/api/hr/v2/users/123.xml", "/api/hr/v2/users/{user_reference}", { user_reference: "123" }],
    [
      "/api/team/v3/workdays/companies/acme/20260101,20260131",
      "/api/team/v3/workdays/companies/{company_id}/{from},{till}",
      { company_id: "acme", from: "20260101,20260131" },
    ],
    ["/gds/timereports/v1/providers/ada/hours", "/gds/timereports/v1/providers/{provider_id}/hours", {}],
  ])("%s belongs to %s", (path, template, values) => {
    expect(matchPath(path)).toMatchObject({ known: { path: template }, values });
    expect(templateOf(path)).toBe(template);
  });

  test("that is unknown keeps its family only, so that no id gets into a log", () => {
    expect(templateOf("/api/hr/v2/nobody/1234")).toBe("/api/hr/v2/**");
    expect(matchPath("/api/hr/v2/users/")).toBeUndefined();
  });

  test("of a family that Upwork has retired is known as such", () => {
    expect(isRetired("/api/mc/v1/trays/ada")).toBe(true);
    expect(isRetired("/api/hr/v2/trays")).toBe(false);
  });

  test.each([
    ["/api/hr/v2/job", "/api/hr/v2/jobs"],
    ["/api/profiles/v1/search/jobs", "/api/profiles/v2/search/jobs"],
    ["/api/profiles/v2/search/freelancers", "/api/profiles/v2/search/providers"],
    ["/gds/profiles/v2/search/jobs", "/api/profiles/v2/search/jobs"],
    ["/api/hr/v4/clients/applications123", "/api/hr/v4/clients/applications/{application_reference}"],
    ["/api/messages/v3/acme/room/room_1/stories", "/api/messages/v3/{company_id}/rooms/{room_id}/stories"],
    ["/api/something/else/entirely", undefined],
  ])("%s is nearest to %s", (path, nearest) => expect(nearestPath(path)).toBe(nearest));

  test("that is known is nearest to itself, whatever its values", () => {
    const known = fc.constantFrom(...upworkPaths.map(({ path }) => path));
    fc.assert(
      fc.property(known, fc.integer({ min: 1, max: 9_999 }), (path, value) => {
        const given = path.replaceAll(/\{[^}]+\}(,\{[^}]+\})?/g, String(value));
        expect(matchPath(given)).toBeDefined();
        expect(nearestPath(given)).toBeDefined();
      }),
    );
  });
});
