import { Command } from "commander";
import { openAdmin } from "../admin.ts";
import { action } from "../command.ts";
import { print } from "../output.ts";
import type { Surroundings } from "../surroundings.ts";
import { textAt } from "../thing.ts";

type RotateOptions = { end?: boolean };

export function rotateAdminKeyCommand(around: Surroundings): Command {
  return new Command("rotate-admin-key")
    .description("replace the admin key; the one so far goes on until the next rotation")
    .option("--end", "end the key so far, and all sessions, within five minutes")
    .action(
      action<RotateOptions>(around, async ({ settings, options }) => {
        const body = { keepPrevious: options.end !== true };
        const made = await openAdmin(around, settings).post("/admin/admin-key/rotate", ["key"], body);
        print(around, options, made, () => `The new admin key, shown this once:\n\n  ${textAt(made, "key")}\n\n`);
      }),
    );
}
