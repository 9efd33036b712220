import tab from "@bomb.sh/tab/commander";
import { Command, CommanderError, Option } from "commander";
import { rotateAdminKeyCommand } from "./commands/admin-key.ts";
import { budgetCommand } from "./commands/budget.ts";
import { callCommand, graphqlCommand } from "./commands/call.ts";
import { callsCommand, reopenCommand } from "./commands/calls.ts";
import { clientsCommand } from "./commands/clients.ts";
import { configureCommand } from "./commands/configure.ts";
import { connectCommand, connectionsCommand } from "./commands/connections.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { hooksCommand } from "./commands/hooks.ts";
import { idsCommand } from "./commands/ids.ts";
import { loginCommand } from "./commands/login.ts";
import { openCommand } from "./commands/open.ts";
import { usageCommand } from "./commands/usage.ts";
import { watchesCommand } from "./commands/watches.ts";
import { webhooksCommand } from "./commands/webhooks.ts";
import { CliError, exitCodes } from "./errors.ts";
import { shown, toJson } from "./output.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * The whole command line. Commander reads it; every command is a file under `commands/`. With `isJson`, what Commander
 * says of wrong usage is left to the one line of JSON that ends the command.
 */
export function createProgram(around: Surroundings, isJson = false): Command {
  const program = new Command("upwork-gateway")
    .description("Work with an upwork-gateway: connect accounts, manage clients, make calls, watch the budget.")
    .addOption(new Option("--url <origin>", "the gateway (UPWORK_GATEWAY_URL), default http://localhost:4000"))
    .addOption(new Option("--key <key>", "client key; better in UPWORK_GATEWAY_KEY or the config file"))
    .addOption(new Option("--admin-key <key>", "admin key; better in UPWORK_GATEWAY_ADMIN_KEY or the config file"))
    .addOption(new Option("--aws", "read the admin key from Secrets Manager with your AWS credentials"))
    .addOption(new Option("--stage <name>", "stage of the deployment (UPWORK_GATEWAY_STAGE), default prod"))
    .addOption(new Option("--config <path>", "config file (UPWORK_GATEWAY_CONFIG)"))
    .addOption(new Option("--json", "answer in JSON"))
    .configureOutput({
      writeOut: around.out,
      writeErr: isJson ? () => {} : around.err,
      outputError: (text, write) => write(withoutValues(text)),
    })
    .showHelpAfterError("(add --help for what is possible)")
    .addHelpText(
      "after",
      `
Beside a gateway started with npm start, no key is needed. Otherwise: upwork-gateway login --url https://...

Exit codes: 0 done, 1 a defect, 2 wrong usage, 3 refused, 4 no budget left, 5 unreachable or in trouble,
130 left with Ctrl-C.
Completion: source <(upwork-gateway complete bash)   (or zsh, fish, powershell)`,
    );
  const commands = [
    loginCommand,
    configureCommand,
    doctorCommand,
    openCommand,
    connectCommand,
    connectionsCommand,
    clientsCommand,
    callCommand,
    graphqlCommand,
    idsCommand,
    budgetCommand,
    watchesCommand,
    webhooksCommand,
    hooksCommand,
    usageCommand,
    callsCommand,
    reopenCommand,
    rotateAdminKeyCommand,
  ];
  for (const create of commands) program.addCommand(create(around));
  // Commander copies these to its own subcommands only when it creates them itself.
  for (const command of allOf(program)) command.copyInheritedSettings(program).exitOverride();
  tab(program);
  return program;
}

function allOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allOf)];
}

/** An option that is not known may have been meant for one that takes a secret. */
function withoutValues(text: string): string {
  return text
    .replace(/('--?[\w-]+)=[^']*'/g, "$1=...'")
    .split("\n")
    .map(shown)
    .join("\n");
}

/** Runs one command line and returns the exit code. */
export async function run(around: Surroundings, args: readonly string[]): Promise<number> {
  const isJson = args.slice(0, args.includes("--") ? args.indexOf("--") : args.length).includes("--json");
  try {
    await createProgram(around, isJson).parseAsync([...args], { from: "user" });
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return exitCodes.ok;
      const detail = error.code === "commander.help" ? "Name a command; --help lists them." : error.message;
      if (isJson) around.err(`${toJson({ detail: withoutValues(detail) })}\n`);
      return exitCodes.usage;
    }
    const known = error instanceof CliError ? error : defect(around, error);
    const document = known.document ?? { detail: known.message };
    around.err(isJson ? `${toJson(document)}\n` : `${known.message.split("\n").map(shown).join("\n")}\n`);
    return known.exitCode;
  }
}

/** What nobody has thought of. Where it happened is for whoever mends it, and is told when asked for only. */
function defect({ env }: Surroundings, error: unknown): CliError {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  const where = env.UPWORK_GATEWAY_DEBUG ? `\n${stack}` : " UPWORK_GATEWAY_DEBUG=1 shows where it is.";
  return new CliError("unexpected", `A defect of the command line: ${name}: ${message}.${where}`);
}
