import { Command } from "commander";
import { secretNames } from "../../functions/platform/names.ts";
import { asOwner } from "../aws.ts";
import { action, type Run } from "../command.ts";
import { CliError } from "../errors.ts";
import { print } from "../output.ts";
import type { Surroundings } from "../surroundings.ts";

type ConfigureOptions = { auth: string; grant?: string };

export function configureCommand(around: Surroundings): Command {
  return new Command("configure")
    .description("put the Upwork application's key into Secrets Manager, asked for at a prompt")
    .option("--auth <kind>", "oauth1 (consumer key) or oauth2 (client id)", "oauth2")
    .option("--grant <kind>", "for oauth2: authorization_code or client_credentials")
    .addHelpText(
      "after",
      `
Uses your own AWS credentials (AWS_PROFILE, AWS_REGION). Nothing is shown, kept in the shell's history or passed on.

Example:
  $ AWS_PROFILE=acme AWS_REGION=eu-west-1 upwork-gateway configure --stage prod --auth oauth2`,
    )
    .action(action<ConfigureOptions>(around, configure));
}

const grants = ["authorization_code", "client_credentials"];

async function configure({ around, settings, options }: Run<ConfigureOptions>): Promise<void> {
  const prefix = `upwork-gateway/${settings.stage}`;
  if (options.auth !== "oauth1" && options.auth !== "oauth2") {
    throw new CliError("usage", `--auth is oauth1 or oauth2, not "${options.auth}".`);
  }
  if (options.grant !== undefined && !grants.includes(options.grant)) {
    throw new CliError("usage", `--grant is ${grants.join(" or ")}, not "${options.grant}".`);
  }
  const isOAuth1 = options.auth === "oauth1";
  const name = isOAuth1 ? secretNames.oauth1Application(prefix) : secretNames.oauth2Application(prefix);
  const key = await askFor(around, isOAuth1 ? "Consumer key" : "Client id");
  const secret = await askFor(around, isOAuth1 ? "Consumer secret" : "Client secret");
  const value = isOAuth1
    ? { consumerKey: key, consumerSecret: secret }
    : { clientId: key, clientSecret: secret, ...(options.grant === undefined ? {} : { grant: options.grant }) };
  await asOwner(name, () => around.writeSecret(name, JSON.stringify(value)));
  print(around, options, { secret: name }, () => `Stored in secret ${name}. Functions use it within 5 minutes.\n`);
}

async function askFor(around: Surroundings, what: string): Promise<string> {
  const value = (await around.askSecret(`${what}: `)).trim();
  if (/^[\x21-\x7e]{4,200}$/.test(value)) return value;
  throw new CliError(
    "usage",
    `That is no ${what.toLowerCase()}: it has 4 to 200 characters, and no spaces. Nothing was stored.`,
  );
}
