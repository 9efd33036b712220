import { Command } from "commander";
import { openAdmin, wholeNumber } from "../admin.ts";
import { action, type Run } from "../command.ts";
import { CliError } from "../errors.ts";
import { print } from "../output.ts";
import type { Surroundings } from "../surroundings.ts";
import { table, timeColumn } from "../table.ts";
import { textAt } from "../thing.ts";

type CallsOptions = { client?: string; status?: string; since?: string; until?: string; most: string };

export function callsCommand(around: Surroundings): Command {
  return new Command("calls")
    .description("list the calls that were made, newest first: the audit that Upwork's terms ask for")
    .option("--client <id>", "only this client's")
    .option("--status <code>", "only with this status, such as 403 or 5xx")
    .option("--since <time>", "not before, such as 2026-11-24T08:00:00Z, or 2h, 3d")
    .option("--until <time>", "not after")
    .option("-n, --most <number>", "at most so many", "50")
    .addHelpText("after", "\nExample:\n  $ upwork-gateway calls --client crm --status 4xx --since 2h")
    .action(action<CallsOptions>(around, calls));
}

export function reopenCommand(around: Surroundings): Command {
  return new Command("reopen").description("open the gate that Upwork's 429 or a disabled key has closed").action(
    action<object>(around, async ({ settings, options }) => {
      const answer = await openAdmin(around, settings).post("/admin/budget/reopen", ["gate"]);
      print(around, options, answer, () => "The gate is open. The next call shows whether Upwork agrees.\n");
    }),
  );
}

async function calls({ around, settings, options }: Run<CallsOptions>): Promise<void> {
  const most = howMany("--most", options.most);
  const { client, status } = options;
  const query = {
    client,
    status,
    since: options.since === undefined ? undefined : moment("--since", options.since, around.now()),
    until: options.until === undefined ? undefined : moment("--until", options.until, around.now()),
  };
  const things = await openAdmin(around, settings).list("/admin/calls", ["time"], query, most);
  print(around, options, things, () =>
    table(
      around,
      things,
      [
        timeColumn("TIME", "time"),
        { title: "CLIENT", value: (call) => textAt(call, "client") },
        { title: "CONNECTION", value: (call) => textAt(call, "connection"), spare: 3 },
        { title: "METHOD", value: (call) => textAt(call, "method") },
        { title: "CALL", value: (call) => textAt(call, "operation") || textAt(call, "template"), least: 24 },
        { title: "STATUS", value: (call) => textAt(call, "status"), align: "right" },
        { title: "MS", value: (call) => textAt(call, "upstreamMs"), align: "right" },
        { title: "COST", value: (call) => textAt(call, "cost"), align: "right", spare: 2 },
        { title: "CACHE", value: (call) => textAt(call, "cache") || "-", spare: 1 },
      ],
      "No calls were made.",
    ),
  );
}

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** How many things of a list are wanted. */
export function howMany(option: string, text: string): number {
  const most = wholeNumber(option, text);
  if (most > 0) return most;
  throw new CliError("usage", `${option} takes a whole number of at least 1.`);
}

/** A moment in ISO 8601, from one or from an age such as `2h`. */
export function moment(option: string, text: string, now: number): string {
  const age = /^(\d{1,5})([mhd])$/.exec(text);
  // Left to itself, Date.parse takes "maybe 7" for a day in July.
  const isTime = /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d)?)?$/i.test(text);
  const parsed = isTime ? Date.parse(text) : Number.NaN;
  const at = age === null ? parsed : now - Number(age[1]) * unitMs[age[2] as keyof typeof unitMs];
  if (Number.isNaN(at)) {
    throw new CliError("usage", `${option} takes a time such as 2026-11-24T08:00:00Z, or an age such as 30m, 2h, 3d.`);
  }
  return new Date(at).toISOString();
}
