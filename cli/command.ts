import type { Command } from "commander";
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
): (...received: unknown[]) => Promise<void> {
  return async (...received) => {
    const command = received.at(-1) as Command;
    const options = command.optsWithGlobals<Options & GlobalOptions>();
    const args = received.slice(0, -2) as string[];
    await perform({ around, settings: readSettings(around, options), options }, ...args);
  };
}

/** Collects an option that may be given several times. */
export function collect(value: string, previous: readonly string[]): string[] {
  return [...previous, value];
}
