import { Command } from "commander";
import { action, type Run } from "../command.ts";
import { ask, notPromised } from "../gateway.ts";
import { print } from "../output.ts";
import { configPath, readConfigFile, requireKey, writeConfigFile } from "../settings.ts";
import type { Surroundings } from "../surroundings.ts";
import { textAt } from "../thing.ts";

type LoginOptions = { admin?: boolean };

export function loginCommand(around: Surroundings): Command {
  return new Command("login")
    .description("store the gateway's address and a key in the config file, readable by you alone")
    .option("--admin", "ask for the admin key as well")
    .addHelpText("after", "\nExample:\n  $ upwork-gateway login --url https://abc.execute-api.eu-west-1.amazonaws.com")
    .action(action<LoginOptions>(around, login, "new"));
}

async function login({ around, settings, options }: Run<LoginOptions>): Promise<void> {
  const path = configPath(around, options);
  // Before a key is typed, know that a gateway is there to take it.
  const { value } = await ask(around, settings, { as: "nobody", path: "/health" });
  if (textAt(value, "stage") === "") throw notPromised(settings, "/health");
  const askFor = async (what: string, hint: string) => {
    const key = (await around.askSecret(`${what} (${hint}): `)).trim();
    return key === "" ? key : requireKey(what, key);
  };
  const key = await askFor("Client key", "ugw_..., empty to keep");
  const adminKey = options.admin ? await askFor("Admin key", "empty to keep") : "";
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
