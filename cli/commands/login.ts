import { Command } from "commander";
import { action, type Run } from "../command.ts";
import { send } from "../gateway.ts";
import { print } from "../output.ts";
import { configPath, readConfigFile, writeConfigFile } from "../settings.ts";
import type { Surroundings } from "../surroundings.ts";

type LoginOptions = { admin?: boolean };

export function loginCommand(around: Surroundings): Command {
  return new Command("login")
    .description("store the gateway's address and a key in the config file, readable by you alone")
    .option("--admin", "ask for the admin key as well")
    .addHelpText("after", "\nExample:\n  $ upwork-gateway login --url https://abc.execute-api.eu-west-1.amazonaws.com")
    .action(action<LoginOptions>(around, login));
}

async function login({ around, settings, options }: Run<LoginOptions>): Promise<void> {
  const path = configPath(around, options);
  // Before a key is typed, know that somebody is there to take it.
  await send(around, settings, { as: "nobody", path: "/health" });
  const key = await around.askSecret("Client key (ugw_..., empty to keep): ");
  const adminKey = options.admin ? await around.askSecret("Admin key (empty to keep): ") : "";
  const known = readConfigFile(path);
  writeConfigFile(path, {
    ...known,
    url: settings.url,
    ...(options.stage === undefined ? {} : { stage: options.stage }),
    ...(key === "" ? {} : { key }),
    ...(adminKey === "" ? {} : { adminKey }),
  });
  print(around, options, { config: path, url: settings.url }, () => `Stored in ${path}.\n`);
}
