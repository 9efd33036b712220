import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endpoints } from "../../../sandbox/endpoints/table.ts";
import type { PermissionName } from "../../../sandbox/permissions.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { callsTo, tokenFor } from "../../support/sandbox-calls.ts";
import { accessToken, requestToken, signed } from "../../support/sandbox-client.ts";

const application = { consumerKey: "key", consumerSecret: "secret", type: "web" } as const;
const noAccess = "This APP has no access to requested resource";
const complaint = (answer: { status: number; headers: Headers }) => [
  answer.status,
  answer.headers.get("x-upwork-error-message"),
];

describe("a key's permissions", () => {
  let sandbox: Sandbox;
  const ada = callsTo(() => sandbox)("ada");
  beforeAll(async () => {
    sandbox = await startSandbox({ applications: [{ ...application, permissions: ["identity", "reports"] }] });
  });
  afterAll(() => sandbox.close());

  test("let it call what they name", async () => {
    expect((await ada("GET /api/auth/v1/info")).status).toBe(200);
    expect((await ada("GET /gds/timereports/v1/providers/ada", { tq: "SELECT hours" })).status).toBe(200);
  });

  const permitted: readonly PermissionName[] = ["identity", "reports"];
  const others = endpoints.filter(({ permission }) => !permitted.includes(permission));
  test.each(others.map(({ method, path }) => `${method} ${path}`))("keep it from %s", async (call) => {
    const answer = await ada(call.replace(/\{\w+\}/g, "1"));
    expect(complaint(answer)).toEqual([403, noAccess]);
  });

  test("are refused with another status where a switch says so, and not at all where another does", async () => {
    sandbox.switches.missingPermissionStatus = 401;
    expect(complaint(await ada("GET /api/hr/v2/companies"))).toEqual([401, noAccess]);
    sandbox.switches.checkKeyPermissions = false;
    expect((await ada("GET /api/hr/v2/companies")).status).toBe(200);
    Object.assign(sandbox.switches, { missingPermissionStatus: 403, checkKeyPermissions: true });
  });
});

describe("a user's permissions", () => {
  let sandbox: Sandbox;
  const as = callsTo(() => sandbox);
  const [bruno, chidi] = [as("bruno"), as("chidi")];
  beforeAll(async () => {
    sandbox = await startSandbox();
  });
  afterAll(() => sandbox.close());

  test.each([
    "GET /api/hr/v2/companies/2000001",
    "GET /api/hr/v2/companies/2000001/users",
    "GET /api/hr/v2/teams/2000001/users",
    "GET /api/messages/v3/adastudio/rooms",
    "GET /api/otask/v1/tasks/companies/adastudio/teams/adastudio/tasks",
    "GET /api/team/v3/workdiaries/companies/adastudio/20261102",
  ])("keep a stranger from %s", async (call) => {
    expect(complaint(await bruno(call))).toEqual([403, "Forbidden"]);
  });

  test("keep a stranger from a company's reports, in the reports' own shape", async () => {
    const answer = await bruno("GET /gds/timereports/v1/companies/adastudio", { tq: "SELECT hours" });
    expect(answer).toMatchObject({ status: 403, body: { errors: [{ reason: "access_denied" }] } });
    const another = await bruno("GET /gds/timereports/v1/providers/ada", { tq: "SELECT hours" });
    expect(another).toMatchObject({ status: 403, body: { errors: [{ reason: "access_denied" }] } });
  });

  test("reach as far as the role: who recruits for one team does not do so for the company, nor pay", async () => {
    const list = (team: string) => chidi("GET /api/hr/v2/jobs", { buyer_team__reference: team });
    const { reference = "" } = sandbox.world.teams.get("adastudio:product") ?? {};
    expect((await list(reference)).status).toBe(200);
    expect(complaint(await list("2000001"))).toEqual([403, "Forbidden"]);
    const bonus = { engagement__reference: "6000001", comments: "Thanks", charge_amount: "5" };
    expect(complaint(await chidi(`POST /api/hr/v2/teams/${reference}/adjustments`, bonus))).toEqual([403, "Forbidden"]);
    const { body } = await chidi("GET /api/hr/v2/userroles");
    const { userrole } = body.userroles as { userrole: { team__id: string; role: string }[] };
    expect(userrole).toContainEqual(
      expect.objectContaining({
        team__id: "adastudio:product",
        role: "manager",
        permissions: { permission: "manage_recruiting" },
      }),
    );
  });

  test("are nobody's business where the switch says so", async () => {
    sandbox.switches.checkUserPermissions = false;
    expect((await bruno("GET /api/hr/v2/companies/2000001")).status).toBe(200);
    sandbox.switches.checkUserPermissions = true;
  });
});

describe("a wrong signature is explained", () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox({ applications: [application] });
  });
  afterAll(() => sandbox.close());

  test("in headers and in the sandbox's own log", async () => {
    const token = tokenFor(sandbox, "ada");
    const answer = await signed(sandbox, "/api/auth/v1/info", {
      token: { ...token, secret: "" },
      query: [["a b", "~"]],
    });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("x-sandbox-signature-mistake")).toBe("the token secret was left out of the key");
    expect(answer.headers.get("x-sandbox-expected-base-string")).toMatch(
      new RegExp(`^GET&http%3A%2F%2Flocalhost%3A${sandbox.port}%2Fapi%2Fauth%2Fv1%2Finfo&a%2520b%3D~%26oauth_`),
    );
    const record = sandbox.log.records().at(-1);
    expect(record).toMatchObject({ verdict: "Verification of signature failed.", status: 401 });
    expect(record?.explanation).toContain("the token secret was left out of the key. Expected base string: GET&");
    expect(record?.explanation).not.toContain(token.secret);
  });

  test("against the base string that the caller says it signed", async () => {
    const { url } = await signed(sandbox, "/api/auth/v1/info", { token: tokenFor(sandbox, "ada"), place: "query" });
    const changed = `${url}&more=1`;
    const answer = await fetch(changed, { headers: { "x-sandbox-base-string": "GET&https%3A%2F%2Fwww.upwork.com" } });
    expect(answer.headers.get("x-sandbox-first-difference")).toMatch(
      /^character 9: "http%3A%2F%2Flocalhost.*" is expected, "https%3A%2F%2Fwww.*" was signed$/,
    );
  });

  test("for a request token too", async () => {
    const consumer = { key: "key", secret: "" };
    const answer = await signed(sandbox, "/api/auth/v1/oauth/token/request", { method: "POST", consumer });
    expect(answer.headers.get("x-sandbox-signature-mistake")).toBe("the consumer secret was left out of the key");
  });

  test("not at all where the switch says so", async () => {
    sandbox.switches.explainSignatures = false;
    const answer = await signed(sandbox, "/api/auth/v1/info", { token: { ...tokenFor(sandbox, "ada"), secret: "" } });
    expect([...answer.headers.keys()].filter((name) => name.startsWith("x-sandbox"))).toEqual([]);
    sandbox.switches.explainSignatures = true;
  });
});

describe("signing", () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox({ applications: [application] });
  });
  afterAll(() => sandbox.close());

  test("covers unknown oauth_ parameters, which are otherwise let be", async () => {
    const protocol = { oauth_body_hash: "2jmj7l5rSw0yVb/vlWAYkK/YBwk=", oauth_made_up: "yes" };
    const token = tokenFor(sandbox, "ada");
    for (const place of ["header", "query"] as const) {
      expect((await signed(sandbox, "/api/auth/v1/info", { token, protocol, place })).status).toBe(200);
    }
    const { url } = await signed(sandbox, "/api/auth/v1/info", { token, protocol, place: "query" });
    expect((await fetch(url.replace("oauth_made_up=yes", "oauth_made_up=no"))).status).toBe(401);
  });

  test.each(["", "/api/profiles/v1/jobs/~01;~02", "/api/profiles/v1/jobs/%7E01%3B%7E02"])(
    "verifies the path as it came over the wire: %s",
    async (path) => {
      const answer = await signed(sandbox, path || "/api/auth/v1/info", { token: tokenFor(sandbox, "ada") });
      expect(answer.status).toBe(path === "" ? 200 : 404);
      expect(answer.headers.get("x-upwork-error-message")).toBe(path === "" ? null : "Not found");
    },
  );

  test("takes PLAINTEXT, and nothing else but HMAC-SHA1", async () => {
    const { key, secret } = tokenFor(sandbox, "ada");
    const call = (method: string) => {
      const protocol = {
        oauth_consumer_key: "key",
        oauth_token: key,
        oauth_nonce: method,
        oauth_timestamp: String(Math.floor(Date.now() / 1000)),
        oauth_signature_method: method,
        oauth_signature: `secret&${secret}`,
      };
      return fetch(`${sandbox.url}/api/auth/v1/info?${new URLSearchParams(protocol)}`);
    };
    expect((await call("PLAINTEXT")).status).toBe(200);
    expect(complaint(await call("HMAC-SHA256"))).toEqual([401, "Unsupported signature method: HMAC-SHA256"]);
  });

  test("is for the address before a proxy, where the sandbox is told of one", async () => {
    const behind = await startSandbox({ applications: [application], publicUrl: "https://api.example/prod/" });
    try {
      const before = { ...behind, url: "https://api.example" };
      const token = tokenFor(behind, "ada");
      // What the client signs and what arrives differ by scheme, host and stage.
      const arriving = (input: string | URL | Request) => {
        const target = new URL(String(input));
        return new URL(target.pathname.replace(/^\/prod/, "") + target.search, behind.url);
      };
      const original = globalThis.fetch;
      globalThis.fetch = (input, init) => original(arriving(input), init);
      try {
        expect((await signed(before, "/prod/api/auth/v1/info", { token, query: [["a", "b"]] })).status).toBe(200);
      } finally {
        globalThis.fetch = original;
      }
      expect((await signed(behind, "/api/auth/v1/info", { token })).status).toBe(401);
    } finally {
      await behind.close();
    }
  });

  test("lets old timestamps and used nonces pass where the switches say so", async () => {
    const token = await accessToken(sandbox);
    const call = { token, nonce: "again", timestamp: 1_400_000_000 };
    expect((await signed(sandbox, "/api/auth/v1/info", call)).status).toBe(401);
    Object.assign(sandbox.switches, { checkTimestamps: false });
    expect((await signed(sandbox, "/api/auth/v1/info", call)).status).toBe(200);
    expect((await signed(sandbox, "/api/auth/v1/info", call)).status).toBe(401);
    Object.assign(sandbox.switches, { checkNonces: false });
    expect((await signed(sandbox, "/api/auth/v1/info", call)).status).toBe(200);
    Object.assign(sandbox.switches, { checkTimestamps: true, checkNonces: true });
  });

  test("asks for request tokens without end, and the sandbox keeps only so many", async () => {
    const first = await requestToken(sandbox);
    const { tokens } = sandbox;
    for (let count = 0; count < 10_000; count += 1) tokens.issueRequestToken("key", undefined, Date.now());
    expect(tokens.requestToken(first.key)).toBeUndefined();
  });
});

describe("the form of things", () => {
  let sandbox: Sandbox;
  const ada = callsTo(() => sandbox)("ada");
  beforeAll(async () => {
    sandbox = await startSandbox({ applications: [application] });
  });
  afterAll(() => sandbox.close());

  test(".xml gives XML, errors included; .json and nothing give JSON", async () => {
    const token = tokenFor(sandbox, "ada");
    const call = async (path: string) => {
      const answer = await signed(sandbox, path, { token });
      return { status: answer.status, type: answer.headers.get("content-type"), text: await answer.text() };
    };
    const xml = await call("/api/hr/v2/companies/2000001/teams.xml");
    expect(xml).toMatchObject({ status: 200, type: "application/xml" });
    expect(xml.text).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<response><server_time>\d+<\/server_time><auth_user>/,
    );
    expect(xml.text.match(/<teams><reference>/g)).toHaveLength(3);
    expect((await call("/api/nothing.xml")).text).toContain("<error><status>404</status>");
    for (const suffix of ["", ".json"]) {
      expect((await call(`/api/hr/v2/companies${suffix}`)).type).toBe("application/json");
    }
  });

  test("an array of one, of none and of several is the thing, nothing, and an array", async () => {
    const roles = (await ada("GET /api/hr/v2/userroles")).body.userroles as { userrole: unknown };
    expect(roles.userrole).toMatchObject({ role: "admin", is_owner: "1" });
    const inactive = await ada("GET /api/hr/v2/companies/2000001/users", { status_in_company: "inactive" });
    expect(inactive.body.users).toBe("");
    const jobs = (await ada("GET /api/hr/v2/jobs", { buyer_team__reference: "2000001", include_sub_teams: "1" })).body
      .jobs;
    expect(jobs).toMatchObject({ job: expect.any(Array), lister: { total_items: expect.stringMatching(/^\d+$/) } });
  });

  test("a reference, an id and a key name the same thing; ciphertext and profile key are the same", async () => {
    const user = (await ada("GET /api/hr/v2/users/ada")).body.user as { profile_key: string; reference: string };
    expect((await ada(`GET /api/hr/v2/users/${user.reference}`)).body.user).toEqual(user);
    const profile = await ada(`GET /api/profiles/v1/providers/${user.profile_key}`);
    expect(profile.body.profile).toMatchObject({ ciphertext: user.profile_key, dev_recno: user.reference });
    // A company and its parent team are the same thing to Upwork.
    const team = (await ada("GET /api/hr/v2/teams/adastudio")).body.team;
    expect(team).toMatchObject({
      reference: "2000001",
      parent_team__reference: "2000001",
      company__reference: "2000001",
    });
  });

  test("reports are read only, and say so in their own shape", async () => {
    const answer = await ada("POST /gds/timereports/v1/providers/ada", { tq: "SELECT hours" });
    expect(answer).toMatchObject({
      status: 405,
      body: { status: "error", errors: [{ message: "Method not allowed" }] },
    });
  });

  test("the sandbox's time can be moved, and everything follows", async () => {
    const before = (await ada("GET /api/auth/v1/info")).body.server_time as number;
    sandbox.clock.advance(86_400_000);
    const after = (await ada("GET /api/auth/v1/info")).body.server_time as number;
    expect(after - before).toBeGreaterThanOrEqual(86_400);
  });
});
