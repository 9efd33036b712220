import { Command } from "commander";
import { inPath, openAdmin, wholeNumber } from "../admin.ts";
import { action, collect, type Run } from "../command.ts";
import { CliError } from "../errors.ts";
import { print, shown } from "../output.ts";
import { listsOf, pairsOf, valuesOf } from "../pairs.ts";
import { parseJson } from "../parse-json.ts";
import { readText } from "../read-text.ts";
import type { Surroundings } from "../surroundings.ts";
import { isThing, type Thing, textAt } from "../thing.ts";
import { listCommand } from "./list-command.ts";
import { costText, lastRunText, previewText, runText, watchTable } from "./watch-text.ts";

type WatchOptions = {
  file?: string;
  preset?: string;
  client?: string;
  connection?: string;
  tenant?: string;
  every?: string;
  cron?: string;
  timeZone?: string;
  query: string[];
  variable: string[];
  fill: string[];
  filter?: string;
  project?: string;
  on?: string;
  first?: string;
  depth?: string;
  target: string[];
};

export function watchesCommand(around: Surroundings): Command {
  const watches = new Command("watches").description("ask Upwork on a schedule, and tell webhooks what is new");
  const withOptions = (command: Command) =>
    command
      .option(
        "--preset <name>",
        "jobs, applications, invitations, offers, messages, contracts, or graphql- and most of these",
      )
      .option("--client <id>", "the client whose share of the budget pays and whose permissions count")
      .option("--connection <name>", "another connection than that client's own")
      .option("--tenant <id>", "the organisation a GraphQL preset acts for; the connection's own by default")
      .option("--every <minutes>", "run every so many minutes, 5 or more")
      .option("--cron <expression>", 'or by a cron expression, such as "*/10 8-18 * * 1-5"')
      .option("--time-zone <name>", "of the cron expression, such as Europe/Berlin")
      .option("-q, --query <name=value>", "parameter of a REST preset; may be repeated", collect, [])
      .option("-v, --variable <name=value>", "variable of a GraphQL preset; may be repeated", collect, [])
      .option("--fill <name=value>", "value for a preset's path; may be repeated", collect, [])
      .option("--filter <jmespath>", "only items for which this is true")
      .option("--project <jmespath>", "what of an item is sent")
      .option("--on <kind>", "new, or changed as well")
      .option("--first <number>", "send so many of the newest at the first run; none unless told")
      .option("--depth <pages>", "read so many pages at most when a page is full of new items")
      .option("--target <id>", "tell only this webhook; may be repeated", collect, [])
      .option("--file <path>", "a whole definition as JSON, - for standard input; options come on top");
  watches.addCommand(
    withOptions(new Command("create"))
      .description("create a watch; makes its call once and shows what it finds and what it costs")
      .argument("<name>", "for people")
      .addHelpText(
        "after",
        `
Examples:
  $ upwork-gateway watches create "TypeScript jobs" --preset jobs --client n8n --every 15 -q "q=typescript" -q "sort=create_time desc"
  $ upwork-gateway watches create rooms --preset graphql-messages --client n8n --every 10
  $ upwork-gateway watches create offers --preset graphql-offers --client n8n --every 15 -v 'filter={"id":"ORGANISATION"}'`,
      )
      .action(action<WatchOptions>(around, create)),
  );
  watches.addCommand(
    withOptions(new Command("try"))
      .description("show what a watch would find and cost, without creating it")
      .argument("<name>")
      .action(
        action<WatchOptions>(around, async ({ around, settings, options }, name = "") => {
          const definition = await definitionOf(around, options, name);
          const seen = await openAdmin(around, settings).post("/admin/watches/test", previewed, definition);
          print(around, options, seen, () => previewText(around, seen));
        }),
      ),
  );
  watches.addCommand(
    listCommand(around, {
      description: "list all watches and how they are",
      path: "/admin/watches",
      known: "id",
      isPaged: false,
      table: (things) => watchTable(around, things),
    }),
  );
  watches.addCommand(
    one("show", "show a watch and what it costs", async ({ around, settings, options }, id) => {
      const found = await openAdmin(around, settings).get(`/admin/watches/${inPath(id)}`, ["watch.id", "cost"]);
      print(
        around,
        options,
        found,
        () => `${watchTable(around, [watchOf(found)])}\n${lastRunText(watchOf(found))}${costText(found)}`,
      );
    }),
  );
  for (const [verb, description] of [
    ["pause", "stop running a watch for now"],
    ["resume", "let a paused watch go on"],
  ] as const) {
    watches.addCommand(
      one(verb, description, async ({ around, settings, options }, id) => {
        const changed = await openAdmin(around, settings).post(`/admin/watches/${inPath(id)}/${verb}`, ["id"]);
        print(around, options, changed, () => watchTable(around, [changed]));
      }),
    );
  }
  watches.addCommand(
    one("run", "run a watch now, whether it is due or not", async ({ around, settings, options }, id) => {
      const run = await openAdmin(around, settings).post(`/admin/watches/${inPath(id)}/run`, ["outcome"]);
      print(around, options, run, () => `${runText(run)}\n`);
    }),
  );
  watches.addCommand(
    one("test", "show what a watch sees now, without telling anybody", async ({ around, settings, options }, id) => {
      const seen = await openAdmin(around, settings).post(`/admin/watches/${inPath(id)}/test`, previewed);
      print(around, options, seen, () => previewText(around, seen));
    }),
  );
  watches.addCommand(
    one("remove", "remove a watch; what it has found is still delivered", async ({ around, settings, options }, id) => {
      await openAdmin(around, settings).removeAtOnce(`/admin/watches/${inPath(id)}`);
      print(around, options, { removed: id }, () => `Removed ${shown(id)}.\n`);
    }),
  );
  return watches;

  /** A command on one watch. */
  function one(verb: string, description: string, perform: (run: Run<object>, id: string) => Promise<void>): Command {
    return new Command(verb)
      .description(description)
      .argument("<id>", "wat_..., as list shows it")
      .action(action<object>(around, (run, id = "") => perform(run, id)));
  }
}

async function create({ around, settings, options }: Run<WatchOptions>, name = ""): Promise<void> {
  const definition = await definitionOf(around, options, name);
  const made = await openAdmin(around, settings).post("/admin/watches", ["watch.id", ...previewed], definition);
  print(
    around,
    options,
    made,
    () =>
      `${previewText(around, made)}\nCreated ${textAt(made, "watch.id")}. Its first run is ${textAt(made, "watch.nextRunAt")}.\n`,
  );
}

const previewed = ["preview.items", "cost"];

async function definitionOf(around: Surroundings, options: WatchOptions, name: string): Promise<Thing> {
  if (options.every !== undefined && options.cron !== undefined) {
    throw new CliError("usage", "A watch has one schedule: --every or --cron.");
  }
  if (options.timeZone !== undefined && options.cron === undefined) {
    throw new CliError("usage", "--time-zone is of a cron expression: give --cron as well.");
  }
  const { preset, client, connection, tenant, filter, on } = options;
  const schedule =
    options.every !== undefined
      ? { everyMinutes: wholeNumber("--every", options.every) }
      : options.cron === undefined
        ? undefined
        : { cron: options.cron, ...(options.timeZone === undefined ? {} : { timeZone: options.timeZone }) };
  const given = {
    preset,
    client,
    connection,
    tenant,
    schedule,
    filter,
    projection: options.project,
    on,
    firstRunSends: options.first === undefined ? undefined : wholeNumber("--first", options.first),
    depth: options.depth === undefined ? undefined : wholeNumber("--depth", options.depth),
    query: options.query.length === 0 ? undefined : listsOf("--query", options.query),
    variables: options.variable.length === 0 ? undefined : valuesOf("--variable", options.variable),
    fill: options.fill.length === 0 ? undefined : Object.fromEntries(pairsOf("--fill", options.fill)),
    targets: options.target.length === 0 ? undefined : options.target,
  };
  const named = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...(await fileOf(around, options.file)), ...named, name };
}

async function fileOf(around: Surroundings, file: string | undefined): Promise<Thing> {
  if (file === undefined) return {};
  const definition = parseJson(await readText(around, "--file", file));
  if (isThing(definition)) return definition;
  throw new CliError("usage", `--file: ${file} holds no JSON object, such as {"preset": "jobs", "client": "n8n"}.`);
}

const watchOf = (found: Thing) => (found.watch ?? {}) as Thing;
