import type { Command } from "commander";
import { CliError } from "./errors.ts";
import { type GlobalOptions, readSettings, type Settings } from "./settings.ts";
import type { Surroundings } from "./surroundings.ts";

/** What a command's action gets: its own options with the global ones, and where and as whom to ask. */
export type Run<Options> = {
  around: Surroundings;
  settings: Settings;
  options: Options & GlobalOptions;
};

/**
 * An action that reads the settings when it runs, so that `--help` never fails on a broken config file. Commander calls
 * it with the arguments, the command's own options and the command.
 */
export function action<Options extends object>(
  around: Surroundings,
  perform: (run: Run<Options>, ...args: string[]) => Promise<void>,
  /** Whether a config file that is named must be there, or may be one that the command is to make. */
  config: "existing" | "new" = "existing",
): (...received: unknown[]) => Promise<void> {
  return async (...received) => {
    const command = received.at(-1) as Command;
    const options = command.optsWithGlobals<Options & GlobalOptions>();
    const args = received.slice(0, -2) as string[];
    refuseEmpty(command, args);
    await perform({ around, settings: readSettings(around, options, config), options }, ...args);
  };
}

/** An empty value is a variable of the shell that was never set; to go on without it would do something else. */
function refuseEmpty(command: Command, args: readonly (string | undefined)[]): void {
  const names = command.registeredArguments.map((argument) => argument.name());
  const empty = names.filter((_, index) => args[index] === "");
  const values: Record<string, unknown> = command.optsWithGlobals();
  for (let at: Command | null = command; at !== null; at = at.parent) {
    const given = at.options.filter((option) => [values[option.attributeName()]].flat().includes(""));
    empty.push(...given.map(({ long, flags }) => long ?? flags));
  }
  if (empty.length > 0) throw new CliError("usage", `Empty: ${empty.join(", ")}. Give a value, or leave it out.`);
}

/** Collects an option that may be given several times. */
export function collect(value: string, previous: readonly string[]): string[] {
  return [...previous, value];
}
