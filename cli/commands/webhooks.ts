import { Command } from "commander";
import { inPath, openAdmin, wholeNumber } from "../admin.ts";
import { action, collect, type Run } from "../command.ts";
import { CliError } from "../errors.ts";
import { print, shown } from "../output.ts";
import { headersOf } from "../pairs.ts";
import type { Surroundings } from "../surroundings.ts";
import { shortTime, table } from "../table.ts";
import { type Thing, textAt } from "../thing.ts";
import { deliveriesCommand, replayCommand } from "./deliveries.ts";
import { listCommand } from "./list-command.ts";

type WebhookOptions = {
  name?: string;
  to?: string;
  event: string[];
  shape?: string;
  header: string[];
  perSecond?: string;
  inFlight?: string;
};

export function webhooksCommand(around: Surroundings): Command {
  const webhooks = new Command("webhooks").description("say who is told of events, and see what became of it");
  const withOptions = (command: Command) =>
    command
      .option(
        "--event <type>",
        "a type of event, such as watch.item.new; may be repeated; all unless told",
        collect,
        [],
      )
      .option("--shape <kind>", "standard, slack, discord or teams")
      .option("-H, --header <name:value>", "further header, kept as a secret; may be repeated", collect, [])
      .option("--per-second <number>", "at most so many deliveries a second")
      .option("--in-flight <number>", "at most so many at once; 1 keeps their order");
  webhooks.addCommand(
    withOptions(new Command("create"))
      .description("create a webhook; its signing secret is shown once")
      .argument("<url>", "https, on the public internet")
      .option("--name <text>", "a name for people")
      .addHelpText(
        "after",
        `
Examples:
  $ upwork-gateway webhooks create https://hooks.example.com/upwork --event watch.item.new
  $ upwork-gateway webhooks create https://hooks.slack.com/services/... --shape slack --name "#jobs"`,
      )
      .action(
        action<WebhookOptions>(around, async ({ settings, options }, url = "") => {
          const name = options.name ?? (URL.canParse(url) ? new URL(url).host : url);
          const made = await openAdmin(around, settings).post("/admin/webhooks", ["webhook.id", "secret"], {
            ...fieldsOf(options),
            url,
            name,
          });
          print(
            around,
            options,
            made,
            () =>
              `Created ${textAt(made, "webhook.id")}. Its signing secret, shown this once:\n\n  ${textAt(made, "secret")}\n\n`,
          );
        }),
      ),
  );
  webhooks.addCommand(
    listCommand(around, {
      description: "list all webhooks",
      path: "/admin/webhooks",
      known: "id",
      isPaged: false,
      table: (things) => webhookTable(around, things),
    }),
  );
  webhooks.addCommand(
    withOptions(new Command("set"))
      .description("change a webhook; what is not named stays")
      .argument("<id>")
      .option("--name <text>", "a name for people")
      .option("--to <url>", "another address")
      .action(
        action<WebhookOptions>(around, async (run, id = "") => {
          const { name, to } = run.options;
          const changes = {
            ...fieldsOf(run.options),
            ...(name === undefined ? {} : { name }),
            ...(to === undefined ? {} : { url: to }),
          };
          if (Object.keys(changes).length === 0) throw new CliError("usage", "Say what to change; --help lists it.");
          await change(run, id, changes);
        }),
      ),
  );
  for (const [verb, state, description] of [
    ["enable", "enabled", "let deliveries go on; what waits goes out"],
    ["disable", "disabled", "stop deliveries; those not yet made wait, and new events are not kept for it"],
  ] as const) {
    webhooks.addCommand(
      new Command(verb)
        .description(description)
        .argument("<id>")
        .action(action<object>(around, (run, id = "") => change(run, id, { state }))),
    );
  }
  webhooks.addCommand(
    new Command("test")
      .description("send a test event now and show what the receiver answers")
      .argument("<id>")
      .action(action<object>(around, test)),
  );
  webhooks.addCommand(
    new Command("rotate")
      .description("give a webhook a new signing secret; for a day both sign")
      .argument("<id>")
      .action(
        action<object>(around, async ({ settings, options }, id = "") => {
          const made = await openAdmin(around, settings).post(`/admin/webhooks/${inPath(id)}/rotate`, ["secret"]);
          print(
            around,
            options,
            made,
            () =>
              `The new signing secret, shown this once; the old one signs too until ${textAt(made, "previousUntil")}:\n\n  ${textAt(made, "secret")}\n\n`,
          );
        }),
      ),
  );
  webhooks.addCommand(deliveriesCommand(around)).addCommand(replayCommand(around));
  webhooks.addCommand(
    new Command("remove")
      .description("remove a webhook and its secret")
      .argument("<id>")
      .action(
        action<object>(around, async ({ settings, options }, id = "") => {
          await openAdmin(around, settings).removeAtOnce(`/admin/webhooks/${inPath(id)}`);
          print(around, options, { removed: id }, () => `Removed ${shown(id)}. Nothing more goes out to it.\n`);
        }),
      ),
  );
  return webhooks;
}

async function change({ around, settings, options }: Run<object>, id: string, changes: Thing): Promise<void> {
  const changed = await openAdmin(around, settings).change(`/admin/webhooks/${inPath(id)}`, ["id"], changes);
  print(around, options, changed, () => webhookTable(around, [changed]));
}

async function test({ around, settings, options }: Run<object>, id = ""): Promise<void> {
  const result = await openAdmin(around, settings).post(`/admin/webhooks/${inPath(id)}/test`, ["delivered"]);
  const answer = textAt(result, "status") || textAt(result, "error");
  if (result.delivered !== true) {
    throw new CliError("refused", `The receiver did not take it: ${answer}, after ${textAt(result, "ms")} ms.`, result);
  }
  print(around, options, result, () => `The receiver answered ${answer} in ${textAt(result, "ms")} ms.\n`);
}

function fieldsOf(options: WebhookOptions): Thing {
  const { shape, perSecond, inFlight } = options;
  return {
    ...(options.event.length === 0 ? {} : { events: options.event }),
    ...(shape === undefined ? {} : { shape }),
    ...(options.header.length === 0 ? {} : { headers: headersOf("--header", options.header) }),
    ...(perSecond === undefined ? {} : { perSecond: wholeNumber("--per-second", perSecond) }),
    ...(inFlight === undefined ? {} : { inFlight: wholeNumber("--in-flight", inFlight) }),
  };
}

function webhookTable(around: Surroundings, things: readonly Thing[]): string {
  return table(
    around,
    things,
    [
      { title: "ID", value: (webhook) => textAt(webhook, "id") },
      { title: "NAME", value: (webhook) => textAt(webhook, "name"), most: 40, least: 12, spare: 2 },
      { title: "URL", value: (webhook) => textAt(webhook, "url"), most: 60, least: 20 },
      { title: "EVENTS", value: (webhook) => textAt(webhook, "events"), least: 14, spare: 1 },
      { title: "STATE", value: (webhook) => textAt(webhook, "state") },
      { title: "TROUBLE", value: troubleOf, short: shortTroubleOf, least: 22 },
    ],
    "Nobody is told yet. Begin with: upwork-gateway webhooks create URL",
  );
}

function troubleOf(webhook: Thing): string {
  const since = textAt(webhook, "failingSince");
  return textAt(webhook, "disabledBecause") || (since === "" ? "-" : `failing since ${since}`);
}

function shortTroubleOf(webhook: Thing): string {
  const since = textAt(webhook, "failingSince");
  return textAt(webhook, "disabledBecause") || (since === "" ? "-" : `since ${shortTime(since)}`);
}
