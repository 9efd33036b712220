import { Command } from "commander";
import { inPath, openAdmin } from "../admin.ts";
import { action, collect, type Run } from "../command.ts";
import { CliError } from "../errors.ts";
import { print, shown } from "../output.ts";
import { listsOf } from "../pairs.ts";
import type { Surroundings } from "../surroundings.ts";
import { table } from "../table.ts";
import { type Thing, textAt } from "../thing.ts";
import { listCommand } from "./list-command.ts";

type HookOptions = {
  client: string;
  connection?: string;
  watch?: string;
  call: string[];
  query: string[];
  form: string[];
  secretAddress?: boolean;
};

export function hooksCommand(around: Surroundings): Command {
  const hooks = new Command("hooks").description("let messages of others set off a stored call or a watch");
  hooks.addCommand(
    new Command("create")
      .description("create a hook; its address and secret are shown once")
      .argument("<name>", "for people")
      .requiredOption("--client <id>", "the client whose call it is")
      .option("--connection <name>", "another connection than that client's own")
      .option("--watch <id>", "run this watch")
      .option("--call <method-and-path...>", "or make this call", [])
      .option("-q, --query <name=value>", "query parameter of the call; may be repeated", collect, [])
      .option("-f, --form <name=value>", "form parameter of the call; may be repeated", collect, [])
      .option("--secret-address", "the address itself is the secret, for senders that cannot sign")
      .addHelpText(
        "after",
        `
Examples:
  $ upwork-gateway hooks create "look now" --client n8n --watch wat_0123456789abcdef0123
  $ upwork-gateway hooks create companies --client n8n --call GET /api/hr/v2/companies --secret-address`,
      )
      .action(action<HookOptions>(around, create)),
  );
  hooks.addCommand(
    listCommand(around, {
      description: "list all hooks",
      path: "/admin/hooks",
      known: "id",
      isPaged: false,
      table: (things) => hookTable(around, things),
    }),
  );
  hooks.addCommand(
    new Command("remove")
      .description("remove a hook and its secret")
      .argument("<id>")
      .action(
        action<object>(around, async ({ settings, options }, id = "") => {
          await openAdmin(around, settings).removeAtOnce(`/admin/hooks/${inPath(id)}`);
          print(around, options, { removed: id }, () => `Removed ${shown(id)}.\n`);
        }),
      ),
  );
  return hooks;
}

async function create({ around, settings, options }: Run<HookOptions>, name = ""): Promise<void> {
  const { client, connection } = options;
  const made = await openAdmin(around, settings).post("/admin/hooks", ["hook.id", "url"], {
    name,
    client,
    ...(connection === undefined ? {} : { connection }),
    action: actionOf(options),
    ...(options.secretAddress ? { auth: "path" } : {}),
  });
  print(around, options, made, () => {
    const secret = textAt(made, "secret");
    const sign = secret === "" ? "" : `\nIt signs, as Standard Webhooks has it, with:\n\n  ${secret}\n`;
    return `Created ${textAt(made, "hook.id")}. The sender posts to this address, shown this once:\n\n  ${textAt(made, "url")}\n${sign}\n`;
  });
}

function actionOf({ watch, call, query, form }: HookOptions): Thing {
  if ((watch === undefined) === (call.length === 0)) {
    throw new CliError("usage", "A hook does one thing: give --watch ID, or --call METHOD PATH.");
  }
  if (watch !== undefined) {
    if (query.length + form.length === 0) return { watch };
    throw new CliError("usage", "--query and --form are of a --call: a watch has its own.");
  }
  const [method = "", path] = call;
  if (path === undefined || call.length > 2) throw new CliError("usage", "Write the call as --call GET /api/...");
  return {
    method: method.toUpperCase(),
    path,
    ...(query.length === 0 ? {} : { query: listsOf("--query", query) }),
    ...(form.length === 0 ? {} : { form: listsOf("--form", form) }),
  };
}

function hookTable(around: Surroundings, things: readonly Thing[]): string {
  return table(
    around,
    things,
    [
      { title: "ID", value: (hook) => textAt(hook, "id") },
      { title: "NAME", value: (hook) => textAt(hook, "name"), most: 40, least: 8 },
      { title: "CLIENT", value: (hook) => textAt(hook, "client"), spare: 2 },
      { title: "DOES", value: doesText, least: 29 },
      {
        title: "KNOWN BY",
        value: (hook) => (textAt(hook, "auth") === "path" ? "its address" : "a signature"),
        spare: 1,
      },
    ],
    "There is no hook yet. Begin with: upwork-gateway hooks create NAME --client CLIENT --watch ID",
  );
}

function doesText(hook: Thing): string {
  const watch = textAt(hook, "action.watch");
  if (watch !== "") return `runs ${watch}`;
  const path = textAt(hook, "action.path");
  return path === "" ? "a GraphQL document" : `${textAt(hook, "action.method")} ${path}`;
}
