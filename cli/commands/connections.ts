import { Command } from "commander";
import { inPath, openAdmin } from "../admin.ts";
import { openPage } from "../browser.ts";
import { action, type Run } from "../command.ts";
import { print } from "../output.ts";
import type { Surroundings } from "../surroundings.ts";
import { table, timeColumn } from "../table.ts";
import { type Thing, textAt, thingsOf } from "../thing.ts";
import { listCommand } from "./list-command.ts";

type ConnectOptions = { browser?: boolean; auth?: string; replace?: boolean };

export function connectCommand(around: Surroundings): Command {
  return new Command("connect")
    .description("connect an Upwork account: makes a one-time link of 10 minutes and opens it")
    .argument("<name>", "the connection's name: lower-case letters, digits and dashes")
    .option("--auth <kind>", "oauth1 or oauth2, where the gateway has both kinds of key")
    .option("--replace", "replace a connection of another account")
    .option("--no-browser", "only print the link, to send it to somebody else")
    .addHelpText(
      "after",
      `
The link needs no admin key, works once and only in the browser that opened it first.

Examples:
  $ upwork-gateway connect acme
  $ upwork-gateway connect acme --no-browser`,
    )
    .action(action<ConnectOptions>(around, connect));
}

export function connectionsCommand(around: Surroundings): Command {
  const connections = new Command("connections").description("see and end connections to Upwork accounts");
  connections.addCommand(
    listCommand(around, {
      description: "list all connections and how they are",
      path: "/admin/connections",
      known: "name",
      isPaged: true,
      table: (things) => connectionTable(around, things),
    }),
  );
  connections.addCommand(
    new Command("show")
      .description("show one connection: account, health, organisations")
      .argument("<name>")
      .action(
        action<object>(around, async ({ settings, options }, name = "") => {
          const thing = await openAdmin(around, settings).get(`/admin/connections/${inPath(name)}`, ["name"]);
          print(around, options, thing, () => `${connectionTable(around, [thing])}${tenantsOf(around, thing)}`);
        }),
      ),
  );
  connections.addCommand(
    new Command("set")
      .description("choose the organisation for GraphQL calls that name none")
      .argument("<name>")
      .requiredOption("--tenant <id>", "one of the organisations that show lists")
      .action(
        action<{ tenant: string }>(around, async ({ settings, options }, name = "") => {
          const path = `/admin/connections/${inPath(name)}`;
          const changed = await openAdmin(around, settings).change(path, ["name"], { tenant: options.tenant });
          print(around, options, changed, () => `${connectionTable(around, [changed])}${tenantsOf(around, changed)}`);
        }),
      ),
  );
  connections.addCommand(
    new Command("disconnect")
      .description("delete a connection's token")
      .argument("<name>")
      .action(
        action<object>(around, async ({ settings, options }, name = "") => {
          await openAdmin(around, settings).removeAtOnce(`/admin/connections/${inPath(name)}`);
          print(around, options, { disconnected: name }, () => `Disconnected "${name}"; its token is deleted.\n`);
        }),
      ),
  );
  return connections;
}

async function connect({ around, settings, options }: Run<ConnectOptions>, name = ""): Promise<void> {
  const link = await openAdmin(around, settings).post(`/admin/connections/${inPath(name)}/link`, ["url"], {
    ...(options.auth === undefined ? {} : { auth: options.auth }),
    ...(options.replace ? { replace: true } : {}),
  });
  const url = textAt(link, "url");
  print(around, options, link, () => `Open within 10 minutes, and allow access:\n\n  ${url}\n\n`);
  if (options.browser !== false && !options.json) await openPage(around, url);
}

function connectionTable(around: Surroundings, things: readonly Thing[]): string {
  return table(
    around,
    things,
    [
      { title: "NAME", value: (thing) => textAt(thing, "name") },
      { title: "STATUS", value: (thing) => textAt(thing, "status") },
      { title: "AUTH", value: (thing) => textAt(thing, "auth") || "-" },
      { title: "ACCOUNT", value: (thing) => textAt(thing, "account.name") || "-", least: 12 },
      timeColumn("SINCE", "connectedAt"),
    ],
    "No account is connected yet. Connect one with: upwork-gateway connect NAME",
  );
}

/** The ids that `X-Upwork-API-TenantId` takes. */
function tenantsOf(around: Surroundings, { tenants, tenant: chosen }: Thing): string {
  const organisations = thingsOf(tenants);
  if (organisations.length === 0) return "";
  const rows = table(
    around,
    organisations,
    [
      { title: "ORGANISATION", value: (tenant) => textAt(tenant, "name"), least: 12 },
      { title: "TENANT ID", value: (tenant) => textAt(tenant, "id") },
      { title: "", value: (tenant) => (tenant.id === chosen ? "default" : "") },
    ],
    "",
  );
  return `\n${rows}`;
}
