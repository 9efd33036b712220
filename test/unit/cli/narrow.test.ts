import { describe, expect, test } from "vitest";
import { runCli } from "../../support/cli.ts";

/** Things as a gateway answers them, with the longest values that are usual; every column of a table has one. */
const at = "2026-11-24T08:15:30.123Z";
const client = {
  id: "dashboard-eu",
  name: "The dashboard of the team in Europe",
  connection: "acme-agency",
  share: { guaranteed: 10_000, cap: 20_000, priority: "interactive", mode: "observe" },
};
const watchId = "wat_0123456789abcdef0123";
const watch = {
  id: watchId,
  name: "TypeScript jobs of more than 5,000 dollars",
  client: client.id,
  schedule: { cron: "*/10 8-18 * * 1-5", timeZone: "Europe/Berlin" },
  status: "active",
  nextRunAt: at,
  lastRun: { outcome: "failed", items: 12, sent: 3, detail: "Upwork answered 403: the key lacks a permission." },
};
const cost = { callsPerDay: 96, callsPerDayAtMost: 288, percentOfDay: 0.24 };
const item = { id: "~0123456789abcdef01", wanted: true, sent: { title: "TypeScript ".repeat(20) } };
const webhook = {
  id: "wh_0123456789abcdef0123",
  name: "What the CRM is told of new jobs",
  url: "https://hooks.example.com/upwork/0123456789/abcdefghij/0123456789",
  events: ["watch.item.new", "watch.failing"],
  state: "enabled",
  failingSince: at,
};
const delivery = {
  id: "001795508130123.wat_0123456789abcdef0123_0123456789abcdefghijkl",
  eventType: "connection.needs_reauth",
  eventAt: at,
  status: "delivered",
  tries: 12,
  attempts: [{ status: 200 }],
  nextTryAt: at,
};
const hook = { id: "hook_0123456789abcdef0123", name: "Look again", client: client.id, auth: "signature" };
const call = {
  time: at,
  client: client.id,
  connection: client.connection,
  method: "DELETE",
  template: "/api/hr/v3/clients/applications/{application_reference}",
  status: 200,
  upstreamMs: 12_345,
  cost: 1,
  cache: "revalidated",
};
const connection = {
  name: client.connection,
  status: "needs_reauth",
  auth: "oauth2",
  account: { name: "Ada Lovelace of the Analytical Engine" },
  connectedAt: at,
  tenants: [{ id: "1234567890123456789", name: "The Analytical Engine Company of London and Paris" }],
  tenant: "1234567890123456789",
};
const company = {
  name: "The Analytical Engine Company of London and Paris",
  company_id: "abcdefghijklmnopqrstuv",
  reference: "1234567890123456789",
};

const answers: Record<string, unknown> = {
  "/admin/clients": { items: [client] },
  "/admin/clients/dashboard-eu": client,
  "/admin/clients/dashboard-eu/keys": { items: [{ id: "0123456789", createdAt: at, lastUsedAt: at, expiresAt: at }] },
  "/admin/clients/dashboard-eu/oauth1-keys": {
    items: [{ consumerKey: "0123456789abcdef0123456789abcdef", createdAt: at, lastUsedAt: at }],
  },
  "/admin/connections": { items: [connection] },
  "/admin/connections/acme-agency": connection,
  "/admin/watches": { items: [watch] },
  [`/admin/watches/${watchId}`]: { watch, cost },
  [`/admin/watches/${watchId}/test`]: { preview: { items: [item] }, cost },
  "/admin/webhooks": {
    items: [webhook, { ...webhook, state: "disabled", disabledBecause: "It failed for five days." }],
  },
  "/admin/webhooks/wh_0123456789abcdef0123/deliveries": { items: [delivery, { ...delivery, status: "pending" }] },
  "/admin/hooks": {
    items: [
      { ...hook, action: { watch: watchId } },
      { ...hook, action: { method: "POST", path: call.template } },
    ],
  },
  "/admin/budget/usage": { items: [{ hour: at, client: client.id, calls: 40_000, units: 40_000, refused: 40_000 }] },
  "/admin/calls": { items: [call, { ...call, method: "POST", template: "", operation: "query user, organization" }] },
  "/api/hr/v2/companies": { companies: [company] },
  "/api/hr/v2/teams": { teams: [company] },
};

const env = { UPWORK_GATEWAY_KEY: "ugw_test_k", UPWORK_GATEWAY_ADMIN_KEY: "admin" };
const shown = async (line: string, terminal: { isTerminal: boolean; columns: number }) => {
  const fetch = async (url: unknown) => Response.json(answers[new URL(String(url)).pathname]);
  const { code, out, err } = await runCli(line.split(" "), { env, fetch, ...terminal });
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return out;
};
const tooLong = (text: string, columns: number) => text.split("\n").filter((line) => line.length > columns);

/** Commands that print a table, and what of a row may never be left out or cut: one has to type it again. */
const tables: readonly [line: string, ...whole: string[]][] = [
  ["clients list", client.id, "observe"],
  ["clients set dashboard-eu --name x", client.id],
  ["clients oauth1-keys dashboard-eu --list", "0123456789abcdef0123456789abcdef"],
  ["connections list", connection.name, connection.status],
  ["connections show acme-agency", connection.name, connection.tenant],
  ["watches list", watchId, "active"],
  [`watches test ${watchId}`, item.id],
  ["webhooks list", webhook.id, "enabled", "disabled", "11-24 08:15:30Z"],
  [`webhooks deliveries ${webhook.id}`, delivery.id, "delivered", "pending"],
  ["hooks list", hook.id, watchId],
  ["usage", client.id, "40000"],
  ["calls", client.id, "DELETE", "/api/hr/v3/clients", "query user, organization", "200"],
  ["ids", company.company_id, company.reference],
];

describe("on a terminal", () => {
  test.each(tables)("of 80 columns no line of %s wraps, and what one types again is whole", async (line, ...whole) => {
    const out = await shown(line, { isTerminal: true, columns: 80 });
    expect(tooLong(out, 80)).toEqual([]);
    for (const text of whole) expect(out).toContain(text);
  });

  test.each(tables)("of 120 columns no line of %s wraps", async (line, ...whole) => {
    const out = await shown(line, { isTerminal: true, columns: 120 });
    expect(tooLong(out, 120)).toEqual([]);
    for (const text of whole) expect(out).toContain(text);
  });
});

test.each(tables)("%s leaves nothing out where no person looks, however narrow", async (line) => {
  const wide = await shown(line, { isTerminal: true, columns: 10_000 });
  expect(await shown(line, { isTerminal: false, columns: 80 })).toBe(wide);
});

test("calls has all of its columns on a terminal of 120, and those that say most on one of 80", async () => {
  const titles = async (columns: number) =>
    (await shown("calls", { isTerminal: true, columns })).split("\n")[0]?.trim().split(/\s+/);
  expect(await titles(120)).toEqual([
    "TIME",
    "CLIENT",
    "CONNECTION",
    "METHOD",
    "CALL",
    "STATUS",
    "MS",
    "COST",
    "CACHE",
  ]);
  expect(await titles(80)).toEqual(["TIME", "CLIENT", "METHOD", "CALL", "STATUS", "MS"]);
});

test("watches show says how the last run went, whole, on any terminal", async () => {
  const out = await shown(`watches show ${watchId}`, { isTerminal: true, columns: 80 });
  expect(out).toContain(
    "\nIts last run: failed, 12 items seen, 3 sent: Upwork answered 403: the key lacks a permission.\n",
  );
});
