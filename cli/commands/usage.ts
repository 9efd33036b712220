import { Command } from "commander";
import { openAdmin } from "../admin.ts";
import { action, type Run } from "../command.ts";
import { print } from "../output.ts";
import type { Surroundings } from "../surroundings.ts";
import { table, timeColumn } from "../table.ts";
import { textAt } from "../thing.ts";
import { moment } from "./calls.ts";

type UsageOptions = { since?: string; until?: string };

export function usageCommand(around: Surroundings): Command {
  return new Command("usage")
    .description("show who used the budget, by client and hour, for at most 24 hours")
    .option("--since <time>", "not before, such as 2026-11-24T08:00:00Z, or 2h")
    .option("--until <time>", "not after")
    .addHelpText("after", "\nExample:\n  $ upwork-gateway usage --since 6h")
    .action(action<UsageOptions>(around, usage));
}

async function usage({ around, settings, options }: Run<UsageOptions>): Promise<void> {
  const at = (name: "since" | "until") => {
    const text = options[name];
    return text === undefined ? undefined : moment(`--${name}`, text, around.now());
  };
  const query = { since: at("since"), until: at("until") };
  const things = await openAdmin(around, settings).items("/admin/budget/usage", ["hour"], query);
  print(around, options, things, () =>
    table(
      around,
      things,
      [
        timeColumn("HOUR", "hour"),
        { title: "CLIENT", value: (row) => textAt(row, "client") },
        { title: "CALLS", value: (row) => textAt(row, "calls"), align: "right" },
        { title: "UNITS", value: (row) => textAt(row, "units"), align: "right" },
        { title: "REFUSED", value: (row) => textAt(row, "refused"), align: "right" },
      ],
      "Nobody called.",
    ),
  );
}
