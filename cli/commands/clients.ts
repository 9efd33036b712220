import { Command } from "commander";
import { type Admin, inPath, openAdmin, wholeNumber } from "../admin.ts";
import { action, type Run } from "../command.ts";
import { CliError } from "../errors.ts";
import { print } from "../output.ts";
import type { Surroundings } from "../surroundings.ts";
import { table, timeColumn } from "../table.ts";
import { type Thing, textAt } from "../thing.ts";
import { type ClientOptions, changesOf, withClientOptions } from "./client-options.ts";
import { listCommand } from "./list-command.ts";

type Oauth1Options = { list?: boolean; revoke?: string };

export function clientsCommand(around: Surroundings): Command {
  const clients = new Command("clients").description("manage who may call: keys, permissions, shares of the budget");
  clients.addCommand(
    withClientOptions(new Command("create"))
      .description("create a client; its key is shown once")
      .argument("<id>", "lower-case letters, digits and dashes; never changes")
      .addHelpText(
        "after",
        `
Examples:
  $ upwork-gateway clients create dashboard --connection acme
  $ upwork-gateway clients create crm --connection acme --allow "GET /api/**" --allow "POST /api/hr/v2/jobs" --guaranteed 5000
  $ KEY=$(upwork-gateway clients create n8n --connection acme --priority batch --json | jq -r .key.key)`,
      )
      .action(action<ClientOptions>(around, create)),
  );
  clients.addCommand(
    listCommand(around, {
      description: "list all clients",
      path: "/admin/clients",
      known: "id",
      isPaged: true,
      table: (things) => clientTable(around, things),
    }),
  );
  clients.addCommand(
    new Command("show")
      .description("show one client and its keys")
      .argument("<id>")
      .action(action<object>(around, show)),
  );
  clients.addCommand(
    withClientOptions(new Command("set"))
      .description("change a client; what is not named stays")
      .argument("<id>")
      .addHelpText("after", "\nExample:\n  $ upwork-gateway clients set crm --cap none --priority interactive")
      .action(action<ClientOptions>(around, set)),
  );
  clients.addCommand(
    new Command("rotate")
      .description("give a client a new key; the old one goes on for a while")
      .argument("<id>")
      .option("--overlap <seconds>", "how long the old key goes on", "86400")
      .action(action<{ overlap: string }>(around, rotate)),
  );
  clients.addCommand(
    new Command("revoke")
      .description("revoke a key; it stops within a minute everywhere")
      .argument("<id>")
      .argument("<key-id>", "the ten characters behind ugw_live_")
      .action(
        action<object>(around, async ({ settings, options }, id = "", keyId = "") => {
          await openAdmin(around, settings).removeAtOnce(`/admin/clients/${inPath(id)}/keys/${inPath(keyId)}`);
          print(around, options, { client: id, revoked: keyId }, () => `Revoked. It stops within a minute.\n`);
        }),
      ),
  );
  clients.addCommand(
    new Command("oauth1-keys")
      .description("give a client keys for a program that signs with OAuth 1.0a, as Upwork's own clients do")
      .argument("<id>")
      .option("--list", "list the keys it has")
      .option("--revoke <consumer-key>", "end keys; they stop within a minute")
      .action(action<Oauth1Options>(around, oauth1Keys)),
  );
  clients.addCommand(
    new Command("remove")
      .description("remove a client and all its keys")
      .argument("<id>")
      .action(
        action<object>(around, async ({ settings, options }, id = "") => {
          await openAdmin(around, settings).remove(`/admin/clients/${inPath(id)}`);
          print(around, options, { removed: id }, () => `Removed "${id}". Its keys stop within a minute.\n`);
        }),
      ),
  );
  return clients;
}

async function create({ around, settings, options }: Run<ClientOptions>, id = ""): Promise<void> {
  const { name, connection = id, checks, access, share } = changesOf(options);
  const made = await openAdmin(around, settings).post("/admin/clients", ["client.id", "key.key"], {
    id,
    connection,
    ...(name === undefined ? {} : { name }),
    ...(access === undefined ? {} : { access }),
    ...(share === undefined ? {} : { share }),
    ...(checks === undefined ? {} : { checks }),
  });
  print(around, options, made, () => {
    const may = textAt(made, "client.access.rules");
    return `Created "${id}" on connection "${textAt(made, "client.connection")}". It may: ${may}.\n${shownOnce(textAt(made, "key.key"))}`;
  });
}

async function set({ around, settings, options }: Run<ClientOptions>, id = ""): Promise<void> {
  const changes = changesOf(options);
  if (Object.keys(changes).length === 0) throw new CliError("usage", "Say what to change; --help lists what there is.");
  const changed = await openAdmin(around, settings).change(`/admin/clients/${inPath(id)}`, ["id"], changes);
  print(around, options, changed, () => clientTable(around, [changed]));
}

async function show({ around, settings, options }: Run<object>, id = ""): Promise<void> {
  const admin = openAdmin(around, settings);
  const client = await admin.get(`/admin/clients/${inPath(id)}`, ["id"]);
  const keys = await keysOf(admin, id);
  print(
    around,
    options,
    { client, keys },
    () => `${clientTable(around, [client])}\n${rulesOf(client)}\n${keyTable(around, keys)}`,
  );
}

async function rotate({ around, settings, options }: Run<{ overlap: string }>, id = ""): Promise<void> {
  const overlapSeconds = wholeNumber("--overlap", options.overlap);
  const path = `/admin/clients/${inPath(id)}/keys/rotate`;
  const issued = await openAdmin(around, settings).post(path, ["key"], { overlapSeconds });
  print(around, options, issued, () => shownOnce(textAt(issued, "key")));
}

async function oauth1Keys({ around, settings, options }: Run<Oauth1Options>, id = ""): Promise<void> {
  const admin = openAdmin(around, settings);
  const path = `/admin/clients/${inPath(id)}/oauth1-keys`;
  if (options.revoke !== undefined) {
    await admin.removeAtOnce(`${path}/${inPath(options.revoke, "--revoke")}`);
    return print(around, options, { client: id, revoked: options.revoke }, () => "Revoked.\n");
  }
  if (options.list) {
    const keys = await admin.items(path, ["consumerKey"]);
    const columns = [
      { title: "CONSUMER KEY", value: (key: Thing) => textAt(key, "consumerKey") },
      timeColumn("CREATED", "createdAt"),
    ];
    return print(around, options, keys, () => table(around, keys, columns, "It has no OAuth 1.0a keys."));
  }
  const names = ["consumerKey", "consumerSecret", "token", "tokenSecret"];
  const made = await admin.post(path, names);
  print(around, options, made, () => {
    const lines = names.map((name) => `  ${name.padEnd(14)} ${textAt(made, name)}`);
    return `Its keys, shown this once; the program's base URL becomes ${settings.url}:\n\n${lines.join("\n")}\n\n`;
  });
}

const keysOf = (admin: Admin, id: string) => admin.items(`/admin/clients/${inPath(id)}/keys`, ["id"]);

function shownOnce(key: string): string {
  return `Its key, shown this once:\n\n  ${key}\n\n`;
}

function clientTable(around: Surroundings, things: readonly Thing[]): string {
  return table(
    around,
    things,
    [
      { title: "ID", value: (client) => textAt(client, "id") },
      { title: "NAME", value: (client) => textAt(client, "name"), most: 40, least: 12, spare: 1 },
      { title: "CONNECTION", value: (client) => textAt(client, "connection") },
      { title: "GUARANTEED", value: (client) => textAt(client, "share.guaranteed"), align: "right" },
      { title: "CAP", value: (client) => textAt(client, "share.cap") || "-", align: "right" },
      { title: "PRIORITY", value: (client) => textAt(client, "share.priority") },
      { title: "MODE", value: (client) => textAt(client, "share.mode") },
    ],
    "There is no client yet. Make one with: upwork-gateway clients create NAME --connection CONNECTION",
  );
}

function rulesOf(client: Thing): string {
  const yes = (path: string) => (textAt(client, path) === "true" ? "yes" : "no");
  return [
    `may         ${textAt(client, "access.rules") || "nothing"}`,
    `connections ${textAt(client, "access.connections") || "its own"}`,
    `GraphQL     ${yes("access.graphql")}, mutations ${yes("access.mutations")}`,
    "",
  ].join("\n");
}

function keyTable(around: Surroundings, keys: readonly Thing[]): string {
  return table(
    around,
    keys,
    [
      { title: "KEY ID", value: (key) => textAt(key, "id") },
      timeColumn("CREATED", "createdAt"),
      timeColumn("LAST USED", "lastUsedAt", "never"),
      timeColumn("ENDS", "expiresAt"),
    ],
    "It has no live key. Make one with: upwork-gateway clients rotate ID",
  );
}
