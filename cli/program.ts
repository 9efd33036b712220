import tab from "@bomb.sh/tab/commander";
import { Command, Option } from "commander";
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
import { shown } from "./output.ts";
import type { Surroundings } from "./surroundings.ts";

/** The whole command line. Commander reads it; every command is a file under `commands/`. */
export function createProgram(around: Surroundings): Command {
  const program = new Command("upwork-gateway")
    .description("Work with an upwork-gateway: connect accounts, manage clients, make calls, watch the budget.")
    .addOption(new Option("--url <origin>", "the gateway (UPWORK_GATEWAY_URL), default http://localhost:4000"))
    .addOption(new Option("--key <key>", "client key; better in UPWORK_GATEWAY_KEY or the config file"))
    .addOption(new Option("--admin-key <key>", "admin key; better in UPWORK_GATEWAY_ADMIN_KEY or the config file"))
    .addOption(new Option("--aws", "read the admin key from Secrets Manager with your AWS credentials"))
    .addOption(new Option("--stage <name>", "stage of the deployment (UPWORK_GATEWAY_STAGE), default prod"))
    .addOption(new Option("--config <path>", "config file (UPWORK_GATEWAY_CONFIG)"))
    .addOption(new Option("--json", "answer in JSON"))
    .configureOutput({ writeOut: around.out, writeErr: around.err })
    .showHelpAfterError("(add --help for what is possible)")
    .addHelpText(
      "after",
      `
Beside a gateway started with npm start, no key is needed. Otherwise: upwork-gateway login --url https://...

Exit codes: 0 done, 1 a defect, 2 wrong usage, 3 refused, 4 no budget left, 5 unreachable or in trouble.
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

/** Runs one command line and returns the exit code. */
export async function run(around: Surroundings, args: readonly string[]): Promise<number> {
  const program = createProgram(around);
  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCodes.ok;
  } catch (error) {
    if (isCommanderError(error)) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const isJson = args.includes("--json");
    if (!(error instanceof CliError)) {
      around.err(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      return exitCodes.unexpected;
    }
    const document = error.document ?? { detail: error.message };
    around.err(isJson ? `${JSON.stringify(document)}\n` : `${error.message.split("\n").map(shown).join("\n")}\n`);
    return error.exitCode;
  }
}

function isCommanderError(error: unknown): error is Error & { exitCode: number } {
  return error instanceof Error && String((error as { code?: unknown }).code ?? "").startsWith("commander.");
}
