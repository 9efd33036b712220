import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Finding } from "../../../cli/commands/doctor.ts";
import { connectThroughConsent } from "../../../local/connect-through-consent.ts";
import { type CliResult, runCli } from "../../support/cli.ts";
import { limitsForManyCalls, type Stack, startStack } from "../../support/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ limits: limitsForManyCalls });
  await stack.connect("demo");
});
afterAll(() => stack.close());

/** Runs a command against the stack with the demo client's key. */
const cli = (...args: string[]): Promise<CliResult> =>
  runCli(args, { env: { UPWORK_GATEWAY_URL: stack.url, UPWORK_GATEWAY_KEY: stack.clientKey } });
const json = async (...args: string[]) => JSON.parse((await cli("--json", ...args)).out);

describe("the command line against a running gateway", () => {
  test("calls Upwork with a search that holds spaces and a tilde", async () => {
    const { code, out } = await cli(
      "call",
      "GET",
      "/api/profiles/v2/search/jobs",
      "-q",
      "q=node ~",
      "-q",
      "paging=0;2",
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toHaveProperty("jobs");
  });

  test("tells the gateway's refusal from Upwork's", async () => {
    const { code, err } = await cli("call", "GET", "/api/auth/v1/info", "-q", "oauth_token=x");
    expect(code).toBe(3);
    expect(err).toContain("The gateway answered 400: The query holds");
  });

  test("shows the budget as bars, with what is left", async () => {
    const { code, out } = await cli("budget");
    expect(code).toBe(0);
    expect(out).toMatch(/day .+ of 40,000 left/);
    expect(out).toMatch(/demo \(interactive\): \d+ used today/);
  });

  test("takes a client through its life: created, shown, changed, rotated, revoked, removed", async () => {
    const made = await json("clients", "create", "crm", "--connection", "demo", "--allow", "GET /api/auth/**");
    const key: string = made.key.key;
    expect(await json("clients", "list")).toContainEqual(made.client);
    expect((await runCli(["--url", stack.url, "--key", key, "call", "GET", "/api/auth/v1/info"])).code).toBe(0);
    const refused = await runCli(["--url", stack.url, "--key", key, "call", "GET", "/api/hr/v2/companies"]);
    expect(refused).toMatchObject({ code: 3 });

    const changed = await json("clients", "set", "crm", "--guaranteed", "500", "--cap", "900", "--priority", "batch");
    expect(changed.share).toMatchObject({ guaranteed: 500, cap: 900, priority: "batch" });
    expect((await json("clients", "set", "crm", "--cap", "none")).share).not.toHaveProperty("cap");

    const rotated = await json("clients", "rotate", "crm", "--overlap", "60");
    const { keys } = await json("clients", "show", "crm");
    expect(keys.map(({ id }: { id: string }) => id).toSorted()).toEqual([made.key.id, rotated.id].toSorted());
    expect(await cli("clients", "revoke", "crm", made.key.id)).toMatchObject({ code: 0 });
    expect((await json("clients", "show", "crm")).keys).toHaveLength(1);
    expect(await cli("clients", "remove", "crm")).toMatchObject({ code: 0 });
    expect(await cli("clients", "show", "crm")).toMatchObject({ code: 3 });
  });

  test("connects an account by a link that is printed, opened, and needs no admin key", async () => {
    const opened: string[] = [];
    const env = { UPWORK_GATEWAY_URL: stack.url };
    const { code, out } = await runCli(["connect", "acme"], { env, openBrowser: async (url) => void opened.push(url) });
    expect(code).toBe(0);
    expect(opened).toHaveLength(1);
    expect(out).toContain(opened[0]);
    const start = await fetch(opened[0] ?? "", { redirect: "manual" });
    expect(start.status).toBe(302);
    expect(await json("connections", "list")).toContainEqual(
      expect.objectContaining({ name: "acme", status: "started" }),
    );
    expect((await cli("connections", "show", "demo")).out).toContain("connected");
    expect(await cli("connections", "disconnect", "acme")).toMatchObject({ code: 0 });
    expect(await cli("connections", "show", "acme")).toMatchObject({ code: 3 });
  });

  test("gives a client OAuth 1.0a keys, lists them and ends them", async () => {
    const made = await json("clients", "oauth1-keys", "demo");
    expect(Object.keys(made).toSorted()).toEqual(["consumerKey", "consumerSecret", "token", "tokenSecret"]);
    expect(await json("clients", "oauth1-keys", "demo", "--list")).toMatchObject([{ consumerKey: made.consumerKey }]);
    expect(await cli("clients", "oauth1-keys", "demo", "--revoke", made.consumerKey)).toMatchObject({ code: 0 });
    expect((await cli("clients", "oauth1-keys", "demo", "--list")).out).toContain("It has no OAuth 1.0a keys.");
  });

  test("an OAuth 2.0 connection shows its organisations, and one of them is chosen", async () => {
    const link = await json("connect", "today", "--auth", "oauth2");
    expect(link.url).toContain("/oauth/start?link=");
    await connectThroughConsent(stack.url, "today", "allow", { user: "ada", auth: "oauth2" });
    const { tenants } = await json("connections", "show", "today");
    const other = tenants.at(-1).id;
    expect(await json("connections", "set", "today", "--tenant", other)).toMatchObject({ tenant: other });
    expect((await cli("connections", "show", "today")).out).toMatch(/default/);
    expect(await cli("connections", "set", "today", "--tenant", "nobody")).toMatchObject({ code: 3 });
    const { findings } = await json("doctor", "--call", "--graphql", "--connection", "today");
    expect(findings.at(-1)).toMatchObject({ check: "call", state: "ok", detail: "POST /graphql answered 200" });
    const rows = await json("ids", "--graphql", "--connection", "today");
    expect(rows.map(({ id }: { id: string }) => id)).toContain(other);
  });

  test("shows the calls that were made, and who used the budget", async () => {
    await cli("call", "GET", "/api/auth/v1/info");
    const [newest] = await json("calls", "--client", "demo", "--status", "2xx", "--since", "1h", "-n", "1");
    expect(newest).toMatchObject({
      client: "demo",
      method: "GET",
      template: "/api/auth/v1/info",
      status: 200,
      cost: 1,
    });
    expect((await cli("calls", "--client", "demo")).out).toContain("query companySelector");
    const usage = await json("usage");
    expect(usage.find(({ client }: { client: string }) => client === "demo").units).toBeGreaterThan(0);
    expect(await cli("calls", "--since", "yesterday")).toMatchObject({ code: 2 });
    expect((await cli("reopen")).out).toContain("The gate is open.");
  });

  test("replaces the admin key, and shows it once", async () => {
    expect((await json("rotate-admin-key")).key).toMatch(/^ugw_admin_/);
  });

  test("says the arithmetic when guarantees cannot all be kept", async () => {
    const { code, err } = await cli("clients", "create", "greedy", "--connection", "demo", "--guaranteed", "39999");
    expect(code).toBe(3);
    expect(err).toMatch(/39,?200/);
  });

  test("names the field that was wrong", async () => {
    const { code, err } = await cli("clients", "create", "x", "--connection", "demo", "--allow", "FETCH everything");
    expect(code).toBe(3);
    expect(err).toContain("/access/rules/0");
  });

  test("finds a healthy gateway healthy, and says what to do where it is not", async () => {
    const { code, out, err } = await cli("--json", "doctor", "--call");
    const { findings } = JSON.parse(out) as { findings: Finding[] };
    expect(findings.filter(({ state }) => state === "failed")).toEqual([]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining(["config", "clock", "gateway", "client key", "budget", "application", "gate", "call"]),
    );
    const wrong = await runCli(["--url", stack.url, "--key", "ugw_test_wrong", "doctor"]);
    expect(wrong.code).toBe(3);
    expect(wrong.out).toContain("-> Ask an admin for a key");
  });

  test("shows IDs beside references, and which team is the company", async () => {
    const rows = await json("ids");
    expect(rows.some(({ isParentTeam }: { isParentTeam: boolean }) => isParentTeam)).toBe(true);
    for (const { id, reference } of rows) {
      expect(id).not.toBe("");
      expect(reference).toMatch(/^\d+$/);
    }
  });
});
