import { Command } from "commander";
import { inPath, openAdmin } from "../admin.ts";
import { action, type Run } from "../command.ts";
import { print } from "../output.ts";
import type { Surroundings } from "../surroundings.ts";
import { table, timeColumn } from "../table.ts";
import { type Thing, textAt } from "../thing.ts";
import { howMany, moment } from "./calls.ts";

type DeliveryOptions = { status?: string; watch?: string; since?: string; until?: string; most?: string };

/** `webhooks deliveries`: what became of events on their way to one webhook. */
export function deliveriesCommand(around: Surroundings): Command {
  return new Command("deliveries")
    .description("list a webhook's deliveries and their tries, the newest first")
    .argument("<id>", "wh_..., as list shows it, or bus for the EventBridge bus")
    .option("--status <kind>", "pending, delivered or dead")
    .option("--watch <id>", "only of what this watch found")
    .option("--since <time>", "events since, such as 2026-11-24T08:00:00Z, or 2h, 3d")
    .option("--until <time>", "events until")
    .option("-n, --most <number>", "at most so many", "50")
    .action(action<DeliveryOptions>(around, deliveries));
}

/** `webhooks replay`: what was given up goes out once more. */
export function replayCommand(around: Surroundings): Command {
  return new Command("replay")
    .description("deliver once more: one delivery, or all dead ones that a filter finds")
    .argument("<id>", "wh_..., as list shows it, or bus for the EventBridge bus")
    .argument("[delivery]", "as deliveries shows it")
    .option("--status <kind>", "dead (unless told otherwise) or delivered")
    .option("--watch <id>", "only of what this watch found")
    .option("--since <time>", "events since, such as 2026-11-24T08:00:00Z, or 2h, 3d")
    .option("--until <time>", "events until")
    .action(action<DeliveryOptions>(around, replay));
}

async function deliveries({ around, settings, options }: Run<DeliveryOptions>, id = ""): Promise<void> {
  const most = howMany("--most", options.most ?? "50");
  const path = `/admin/webhooks/${inPath(id)}/deliveries`;
  const things = await openAdmin(around, settings).list(path, ["id"], filterOf(options, around.now()), most);
  print(around, options, things, () =>
    table(
      around,
      things,
      [
        { title: "ID", value: (delivery) => textAt(delivery, "id") },
        { title: "EVENT", value: (delivery) => textAt(delivery, "eventType"), spare: 3 },
        { ...timeColumn("AT", "eventAt"), spare: 2 },
        { title: "STATUS", value: (delivery) => textAt(delivery, "status") },
        { title: "TRIES", value: (delivery) => textAt(delivery, "tries"), align: "right", spare: 4 },
        { title: "LAST", value: lastAttempt, least: 12, spare: 5 },
        { ...timeColumn("NEXT TRY", "nextTryAt"), spare: 1 },
      ],
      "There are no such deliveries.",
    ),
  );
}

async function replay({ around, settings, options }: Run<DeliveryOptions>, id = "", delivery?: string): Promise<void> {
  const admin = openAdmin(around, settings);
  const path = `/admin/webhooks/${inPath(id)}`;
  if (delivery !== undefined) {
    const due = await admin.post(`${path}/deliveries/${inPath(delivery)}/replay`, ["id"]);
    return print(around, options, due, () => "It is due again and goes out within a minute.\n");
  }
  const result = await admin.post(`${path}/replay`, ["replayed"], filterOf(options, around.now()));
  const more = result.more === true ? ` There are more: --until ${textAt(result, "until")}` : "";
  const count = textAt(result, "replayed");
  const which = count === "1" ? "1 delivery is" : `${count} deliveries are`;
  print(around, options, result, () => `${which} due again.${more}\n`);
}

function filterOf({ status, watch, since, until }: DeliveryOptions, now: number): Record<string, string> {
  return {
    ...(status === undefined ? {} : { status }),
    ...(watch === undefined ? {} : { watch }),
    ...(since === undefined ? {} : { from: moment("--since", since, now) }),
    ...(until === undefined ? {} : { until: moment("--until", until, now) }),
  };
}

function lastAttempt({ attempts }: Thing): string {
  const last: unknown = Array.isArray(attempts) ? attempts.at(-1) : undefined;
  return last === undefined ? "-" : textAt(last, "status") || textAt(last, "error");
}
