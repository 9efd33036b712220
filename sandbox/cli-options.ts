import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { demoApplication, demoOAuth2Application, demoServiceApplication } from "./applications.ts";
import { ControlError, changedQuotas, readSwitches } from "./control/settings.ts";
import { kindNames, kindOf } from "./faults/kinds.ts";
import { type FaultRule, FaultRuleError, readRule, usage } from "./faults/rules.ts";
import { type LimitSettings, limitPresets } from "./limits/limits.ts";
import type { SandboxOptions } from "./sandbox.ts";
import { defaultSwitches, type Switches } from "./switches.ts";

/** What the command line asks for. */
export type CliOptions = { sandbox: SandboxOptions; json: boolean };

/** Help was asked for, or the command line is wrong: what to print, and the exit code. */
export class CliExit extends Error {
  override name = "CliExit";
  readonly exitCode: number;

  constructor(text: string, exitCode: number) {
    super(text);
    this.exitCode = exitCode;
  }
}

/** Everything that makes a developer's first steps easier and Upwork less like itself. */
const lenient: Partial<Switches> = {
  checkTimestamps: false,
  checkNonces: false,
  requireContentLength: false,
  checkKeyPermissions: false,
  checkUserPermissions: false,
  refuseScopeParameter: false,
  refreshNeedsClientId: false,
  smallProposalPages: false,
};

const after = `
Limits: ${Object.keys(limitPresets).join(", ")}, or single ones such as second=5,minute=100,hour=0 on top of "off".

Faults, each with ;method=, ;path=, ;times= and ;every= behind it if need be:
${kindNames.map((name) => `  ${usage(name).padEnd(20)} ${kindOf(name).says}`).join("\n")}

Switches and what they are when nobody says otherwise:
${Object.entries(defaultSwitches)
  .map(([name, value]) => `  ${name}=${value}`)
  .join("\n")}

Examples:
  upwork-sandbox --port 0 --json
  upwork-sandbox --limits off --data .sandbox/tokens.json
  upwork-sandbox --fault "latency=500; path=/api/**; every=3" --fault "cloudflare; path=/graphql; times=1"
  upwork-sandbox --clock 2026-01-01T00:00:00Z --freeze --seed 7
  upwork-sandbox --switch checkNonces=false --redirect-uri https://app.example/callback`;

type Given = {
  port: number;
  host: string;
  seed: number;
  data?: string;
  limits: LimitSettings;
  retryAfter?: boolean;
  fault: FaultRule[];
  switch: Partial<Switches>;
  lenient?: boolean;
  clock?: number;
  freeze?: boolean;
  redirectUri: string[];
  publicUrl?: string;
  json?: boolean;
};

/**
 * Reads the command line.
 *
 * @param now milliseconds, for a clock that is frozen or starts elsewhere
 * @throws CliExit with the text to print
 */
export function readCli(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  now: () => number,
): CliOptions {
  const written: string[] = [];
  const command = createCommand()
    .configureOutput({ writeOut: (text) => written.push(text), writeErr: (text) => written.push(text) })
    .exitOverride();
  const port = environment.SANDBOX_PORT;
  try {
    // As if it had been written first, so that what is wrong with it is said in the same way.
    command.parse([...(port ? ["--port", port] : []), ...argv], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) throw new CliExit(written.join("").trimEnd(), error.exitCode);
    throw error;
  }
  const given = command.opts<Given>();
  return { sandbox: sandboxOptions(given, now), json: given.json === true };
}

function createCommand(): Command {
  return new Command("upwork-sandbox")
    .description("An Upwork that runs on this machine: REST, GraphQL, limits and faults. Everybody in it is invented.")
    .option("-p, --port <port>", "where to listen; 0 takes any free port (SANDBOX_PORT)", whole(0, 65_535), 4100)
    .option("--host <address>", "address to listen on; the control page answers to localhost only", "127.0.0.1")
    .option("-s, --seed <number>", "the same seed gives the same world", whole(-2_147_483_648, 2_147_483_647), 1)
    .option("-d, --data <file>", "keep tokens over a restart")
    .addOption(
      new Option("-l, --limits <limits>", "a preset or single limits")
        .argParser(readLimits)
        .default(limitPresets.today, "today: 10 a second, 300 a minute, 40,000 a day"),
    )
    .option("--retry-after", "let a 429 say when to come back, which most of Upwork's do not")
    .addOption(many("-f, --fault <rule>", "let calls go wrong; may be repeated", orInvalid(readRule)))
    .addOption(
      new Option("--switch <name=value>", "change how strict it is; may be repeated")
        .argParser(addSwitch)
        .default({}, "none"),
    )
    .option("--lenient", "turn the strictest switches off")
    .option("--clock <time>", "start at this time, such as 2026-01-01T00:00:00Z", readTime)
    .option("--freeze", "let time stand still until the control page moves it")
    .addOption(many("--redirect-uri <uri>", "call the OAuth 2.0 key back here too; may be repeated", readUrl))
    .option("--public-url <url>", "the address that clients sign for, behind a proxy", readUrl)
    .option("--json", "print one line of JSON instead of sentences")
    .addHelpText("after", after)
    .showHelpAfterError("(add --help for what is possible)");
}

function many<Value>(flags: string, says: string, read: (text: string) => Value): Option {
  return new Option(flags, says).argParser((text, before: Value[]) => [...before, read(text)]).default([], "none");
}

function sandboxOptions(given: Given, now: () => number): SandboxOptions {
  const offset = given.clock === undefined ? 0 : given.clock - now();
  const frozenAt = now() + offset;
  return {
    port: given.port,
    host: given.host,
    seed: given.seed,
    now: given.freeze ? () => frozenAt : () => now() + offset,
    limits: { ...given.limits, ...(given.retryAfter ? { retryAfter: true } : {}) },
    faults: given.fault,
    switches: { ...(given.lenient ? lenient : {}), ...given.switch },
    applications: [demoApplication],
    oauth2Applications: [
      { ...demoOAuth2Application, redirectUris: [...demoOAuth2Application.redirectUris, ...given.redirectUri] },
      demoServiceApplication,
    ],
    ...(given.data === undefined ? {} : { dataFile: given.data }),
    ...(given.publicUrl === undefined ? {} : { publicUrl: given.publicUrl }),
  };
}

/** The reader's own mistakes become commander's, so that they name the option. */
function orInvalid<Value>(read: (text: string) => Value): (text: string) => Value {
  return (text) => {
    try {
      return read(text);
    } catch (error) {
      const isMistake = error instanceof ControlError || error instanceof FaultRuleError;
      throw isMistake ? new InvalidArgumentError(error.message) : error;
    }
  };
}

function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (text.trim() === "" || !Number.isInteger(number) || number < min || number > max) {
      throw new InvalidArgumentError(`It takes a whole number from ${min} to ${max}.`);
    }
    return number;
  };
}

const readLimits = orInvalid((text: string): LimitSettings => {
  const preset = Object.entries(limitPresets).find(([name]) => name === text)?.[1];
  if (preset !== undefined) return preset;
  const pairs = text.split(",").map((part) => part.split("=").map((side) => side.trim()));
  const wrong = pairs.find(([name, quota]) => !name || !quota);
  if (wrong !== undefined) {
    throw new InvalidArgumentError(
      `There are ${Object.keys(limitPresets).join(", ")}, or single ones such as second=5.`,
    );
  }
  const quotas = Object.fromEntries(pairs.map(([name = "", quota]) => [name, Number(quota)]));
  return { ...limitPresets.off, quotas: changedQuotas({}, quotas) };
});

function addSwitch(text: string, before: Partial<Switches>): Partial<Switches> {
  const [name = "", value = ""] = text.split("=").map((side) => side.trim());
  return { ...before, ...orInvalid(() => readSwitches({ [name]: value }))(text) };
}

function readTime(text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new InvalidArgumentError("It takes a time such as 2026-01-01T00:00:00Z.");
  return at;
}

function readUrl(text: string): string {
  if (!URL.canParse(text)) throw new InvalidArgumentError("It takes a whole URL.");
  return text;
}
