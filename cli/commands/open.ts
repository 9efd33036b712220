import { Command } from "commander";
import { openPage } from "../browser.ts";
import { action } from "../command.ts";
import { print } from "../output.ts";
import type { Surroundings } from "../surroundings.ts";

export function openCommand(around: Surroundings): Command {
  return new Command("open")
    .description("open the gateway's console in a browser")
    .addHelpText("after", "\nWith --json the address is only printed.")
    .action(
      action<object>(around, async ({ settings, options }) => {
        print(around, options, { url: `${settings.url}/` }, () => `${settings.url}/\n`);
        if (!options.json) await openPage(around, `${settings.url}/`);
      }),
    );
}
