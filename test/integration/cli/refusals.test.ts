import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../../support/cli.ts";
import { leaves, placeholderOf } from "../../support/cli-commands.ts";
import { expectTidy } from "../../support/cli-tidy.ts";
import { limitsForManyCalls, type Stack, startStack } from "../../support/stack.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const home = temporaryFolder("cli-refusals-");
writeFileSync(join(home, "unknown.json"), '{"preset": "jobs", "client": "demo", "colour": "red"}');
writeFileSync(join(home, "types.json"), '{"preset": "jobs", "client": "demo", "schedule": "daily", "depth": "2"}');
writeFileSync(join(home, "large.json"), JSON.stringify({ preset: "jobs", filter: "x".repeat(70_000) }));
writeFileSync(join(home, "broken.graphql"), "{ user { id }");
writeFileSync(join(home, "body.json"), Buffer.alloc(5_000_000, 0x20));

let stack: Stack;
/** Ids of what is there, for rows to name. */
const ids = { watch: "", webhook: "" };

beforeAll(async () => {
  stack = await startStack({ limits: limitsForManyCalls });
  await stack.connect("demo");
  await cli(["clients", "set", "demo", "--full", "--guaranteed", "100"]);
  const definition = ["--preset", "jobs", "--client", "demo", "--every", "15"];
  ids.watch = JSON.parse((await cli(["--json", "watches", "create", "jobs", ...definition])).out).watch.id;
  ids.webhook = JSON.parse((await cli(["--json", "webhooks", "create", `${stack.url}/`])).out).webhook.id;
});
afterAll(() => stack.close());

function cli(words: readonly string[], key = stack.clientKey) {
  const env = { UPWORK_GATEWAY_URL: stack.url, UPWORK_GATEWAY_KEY: key };
  return runCli(words, { env, home });
}

const long = "x".repeat(2_100);
const client = ["--connection", "demo"];
const watch = ["--client", "demo", "--preset", "jobs", "--every", "15"];
const hook = ["--client", "demo"];

/** Values with line breaks between them are several; so are further words. */
type Row = readonly [line: string, option: string, value: string, said: string, ...more: string[]];

/** A value that only the gateway can know to be wrong, and where it says that it stands. */
const rows: readonly Row[] = [
  ...["clients create new", "clients set demo"].flatMap((line): Row[] => [
    [line, "--name", long, "/body/name", ...client],
    [line, "--connection", "Up Case", "/body/connection"],
    [line, "--allow", "nonsense", "/body/access/rules/0", ...client],
    [line, "--use-connection", "Up Case", "/body/access/connections/0", ...client],
    [line, "--guaranteed", "999999999", "/body/share/guaranteed", ...client],
    [line, "--cap", "5", "/body/share/cap", "--guaranteed", "6", ...client],
    [line, "--priority", "urgent", "/body/share/priority", ...client],
    [line, "--temporary-cap", "5", "/body/share/temporary/until", "--until", "tomorrow", ...client],
    [line, "--until", "2026-13-45", "/body/share/temporary/until", "--temporary-cap", "5", ...client],
  ]),
  ["clients rotate demo", "--overlap", "999999999", "/body/overlapSeconds"],
  ["clients oauth1-keys demo", "--revoke", "No Key", "/path/consumerKey"],
  ["connect acme", "--auth", "basic", "/body/auth"],
  ["connections set demo", "--tenant", "nobody", "/body/tenant"],
  ["calls", "--client", long, "/query/client"],
  ["calls", "--status", "6xx", "/query/status"],
  ["call GET /api/auth/v1/info", "--query", "oauth_token=x", "oauth_token"],
  ["call POST /api/hr/v2/jobs", "--form", "oauth_token=x", "oauth_token"],
  ["call POST /api/hr/v2/jobs", "--data", "@body.json", "5000000 bytes"],
  ["call GET /api/auth/v1/info", "--header", "Gateway-Retries: 9", "Gateway-Retries"],
  ["call GET /api/auth/v1/info", "--connection", "Up Case", "Connection-Id"],
  ["call POST /api/hr/v2/jobs", "--data", "{", "JSON"],
  ["call POST /api/hr/v2/jobs", "--data", '{"http_method": "delete", "a": ', "JSON"],
  ["graphql", "--file", "broken.graphql", "Syntax Error"],
  ["graphql", "--file", "body.json", "bytes"],
  ["graphql {user{id}}", "--operation", "other", '"other"'],
  ["graphql {user{id}}", "--connection", "Up Case", "Connection-Id"],
  ["ids", "--connection", "Up Case", "Connection-Id"],
  ["webhooks create ftp://x.example", "--name", "x", "/body/url"],
  ["webhooks create not-an-address", "--name", "x", "/body/url"],
  ...["webhooks create https://hooks.example.com/", "webhooks set WEBHOOK"].flatMap((line): Row[] => [
    [line, "--name", long, "/body/name"],
    [line, "--event", "nonsense", "/body/events/0"],
    [line, "--shape", "round", "/body/shape"],
    [line, "--header", `x:${long}`, "/body/headers/x"],
    [line, "--per-second", "0", "/body/perSecond"],
    [line, "--in-flight", "999", "/body/inFlight"],
  ]),
  ["webhooks set WEBHOOK", "--to", "http://10.0.0.1/", "/body/url"],
  ["webhooks deliveries WEBHOOK", "--status", "lost", "/query/status"],
  ["webhooks deliveries WEBHOOK", "--watch", long, "/query/watch"],
  ["webhooks replay WEBHOOK", "--status", "pending", "/body/status"],
  ["webhooks replay WEBHOOK", "--watch", long, "/body/watch"],
  ...["watches create x", "watches try x"].flatMap((line): Row[] => [
    [line, "--preset", "nonsense", "/body/preset", "--client", "demo", "--every", "15"],
    [line, "--client", "nobody", "/body/client", "--preset", "jobs", "--every", "15"],
    [line, "--connection", "Up Case", "/body/connection", ...watch],
    [line, "--tenant", "no tenant", "/body/tenant", ...watch],
    [line, "--every", "1", "/body/schedule", "--client", "demo", "--preset", "jobs"],
    [line, "--cron", "never", "/body/schedule", "--client", "demo", "--preset", "jobs"],
    [line, "--time-zone", "Mars/Base", "/body/schedule", "--client", "demo", "--preset", "jobs", "--cron", "0 * * * *"],
    [line, "--query", "oauth_token=x", "oauth_token", ...watch],
    [line, "--variable", "first=x", "/body/variables", ...watch],
    [line, "--fill", "nobody=x", "/body/fill/nobody", ...watch],
    [line, "--filter", "[?", "/body/filter", ...watch],
    [line, "--project", "[?", "/body/projection", ...watch],
    [line, "--on", "always", "/body/on", ...watch],
    [line, "--first", "999", "/body/firstRunSends", ...watch],
    [line, "--depth", "0", "/body/depth", ...watch],
    [line, "--target", "nobody", "/body/targets", ...watch],
    [line, "--file", "unknown.json", "colour", "--every", "15"],
    [line, "--file", "types.json", "/body/depth"],
    [line, "--file", "large.json", "bytes"],
  ]),
  ["hooks create x", "--client", "nobody", "/body/client", "--watch", "WATCH"],
  ["hooks create x", "--connection", "Up Case", "/body/connection", ...hook, "--watch", "WATCH"],
  ["hooks create x", "--watch", "nonsense", "/body/action", ...hook],
  ["hooks create x", "--call", "FETCH\n/api/x", "/body/action", ...hook],
  ["hooks create x", "--call", "GET\nnowhere", "/body/action", ...hook],
  ["hooks create x", "--query", "oauth_token=x", "/body/action/query/oauth_token", "--call", "GET", "/api/x", ...hook],
  ["hooks create x", "--form", "oauth_token=x", "/body/action/form/oauth_token", "--call", "POST", "/api/x", ...hook],
];

/** An id or a name that can be none. */
const paths: readonly (readonly [line: string, said: string])[] = [
  ["connect Up_Case", "/path/name"],
  ["connections show Up_Case", "/path/name"],
  ["connections set Up_Case --tenant x", "/path/name"],
  ["connections disconnect Up_Case", "/path/name"],
  ["clients create Up_Case", "/body/id"],
  ["clients show Up_Case", "/path/id"],
  ["clients set Up_Case --name x", "/path/id"],
  ["clients rotate Up_Case", "/path/id"],
  ["clients revoke demo Up_Case", "/path/keyId"],
  ["clients oauth1-keys Up_Case", "/path/id"],
  ["clients remove Up_Case", "/path/id"],
  ["watches show x", "/path/id"],
  ["watches pause x", "/path/id"],
  ["watches resume x", "/path/id"],
  ["watches run x", "/path/id"],
  ["watches test x", "/path/id"],
  ["watches remove x", "/path/id"],
  ["webhooks set x --name y", "/path/id"],
  ["webhooks enable x", "/path/id"],
  ["webhooks disable x", "/path/id"],
  ["webhooks test x", "/path/id"],
  ["webhooks rotate x", "/path/id"],
  ["webhooks deliveries x", "/path/id"],
  ["webhooks replay x", "/path/id"],
  ["webhooks replay WEBHOOK x", "/path/delivery"],
  ["webhooks remove x", "/path/id"],
  ["hooks remove x", "/path/id"],
  ["call GET /nowhere", "Not Found"],
  ["call GET /gds/%2e%2e%2fadmin", "path"],
];

/** Options whose every value is told offline (test/unit/cli/wrong-usage.test.ts), or passed on to Upwork as it is. */
const offline = [
  "configure --auth",
  "configure --grant",
  "doctor --connection",
  "call --tenant",
  "call --wait",
  "graphql --tenant",
  "graphql --variable",
  "graphql --wait",
  "budget --watch",
  "webhooks deliveries --since",
  "webhooks deliveries --until",
  "webhooks deliveries --most",
  "webhooks replay --since",
  "webhooks replay --until",
  "usage --since",
  "usage --until",
  "calls --since",
  "calls --until",
  "calls --most",
];

const idsIn = (text: string) => text.replace("WEBHOOK", ids.webhook).replace("WATCH", ids.watch);
const wordsOf = (line: string) => line.split(" ").map(idsIn);

describe("what the gateway refuses", () => {
  test("every option that takes a value has a row here, or is told offline", () => {
    const own = leaves().flatMap(({ name, command }) =>
      command.options.filter((option) => placeholderOf(option) !== undefined).map(({ long }) => `${name} ${long}`),
    );
    const tried = (option: string) =>
      offline.includes(option) ||
      rows.some(([line, long]) => `${line} `.startsWith(option.replace(/--.*$/, "")) && option.endsWith(` ${long}`));
    expect(own.filter((option) => !tried(option))).toEqual([]);
    expect(offline.filter((option) => !own.includes(option))).toEqual([]);
  });

  test.each(rows)("%s %s %s is refused, and the person told where: %s", async (line, option, value, said, ...more) => {
    const words = [...wordsOf(line), ...more.map(idsIn), option, ...value.split("\n")];
    const people = await cli(words);
    expectTidy(people, words.join(" "), false);
    expect({ code: people.code, err: people.err }).toEqual({ code: 3, err: expect.stringContaining(said) });
    const machines = await cli(["--json", ...words]);
    expectTidy(machines, words.join(" "), true);
    expect(machines.code).toBe(3);
    const document = JSON.parse(machines.err);
    expect(document).toMatchObject({
      status: expect.any(Number),
      type: expect.any(String),
      detail: expect.any(String),
    });
    if (said.startsWith("/")) expect(JSON.stringify(document.errors)).toContain(`"pointer":"${said}`);
  });

  test.each(paths)("%s is refused at %s", async (line, said) => {
    const result = await cli(["--json", ...wordsOf(line)]);
    expectTidy(result, line, true);
    expect({ code: result.code, err: result.err }).toEqual({ code: 3, err: expect.stringContaining(said) });
  });

  test("a key that is none is refused for every command of a client, and not repeated", async () => {
    const key = "ugw_test_0123456789_nobody";
    for (const words of [["call", "GET", "/api/auth/v1/info"], ["graphql", "{ user { id } }"], ["ids"], ["budget"]]) {
      const result = await cli(words, key);
      expectTidy(result, words.join(" "), false);
      expect(result.code).toBe(3);
      expect(result.err).toMatch(/client key/);
      expect(result.err + result.out).not.toContain(key);
    }
  });
});
