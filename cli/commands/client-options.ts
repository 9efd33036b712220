import { type Command, Option } from "commander";
import { wholeNumber } from "../admin.ts";
import { collect } from "../command.ts";
import { CliError } from "../errors.ts";

/** What may be said of a client, when it is made and when it is changed. */
export type ClientOptions = {
  name?: string;
  connection?: string;
  allow: string[];
  useConnection: string[];
  readOnly?: boolean;
  full?: boolean;
  graphql?: boolean;
  mutations?: boolean;
  guaranteed?: string;
  cap?: string;
  priority?: string;
  observe?: boolean;
  enforce?: boolean;
  temporaryCap?: string;
  until?: string;
  checks?: boolean;
};

/** A command with every option of `ClientOptions`. */
export function withClientOptions(command: Command): Command {
  return command
    .option("--name <text>", "a name for people")
    .option("--connection <name>", "the connection it uses when a call names none")
    .option("--allow <rule>", 'what it may do, such as "GET /api/profiles/**"; may be repeated', collect, [])
    .option("--use-connection <name>", "a further connection it may use; * for all; may be repeated", collect, [])
    .option("--read-only", "only reading (what a new client may do unless told otherwise)")
    .addOption(new Option("--full", "everything, with every connection").conflicts("readOnly"))
    .option("--graphql", "may use GraphQL")
    .option("--no-graphql", "may not")
    .option("--mutations", "may change things with GraphQL")
    .option("--no-mutations", "may not")
    .option("--guaranteed <units>", "calls a day that nobody else can take")
    .option("--cap <units>", "at most so many calls a UTC day, no fewer than are guaranteed; none takes the cap away")
    .option("--priority <kind>", "interactive, or batch: leaves the last fifth to people")
    .option("--observe", "count what its share would refuse, and refuse nothing")
    .addOption(new Option("--enforce", "refuse what its share refuses").conflicts("observe"))
    .option("--temporary-cap <units>", "another cap, with --until; it may be below what is guaranteed")
    .option("--until <time>", "when the temporary cap ends, such as 2026-12-01T00:00:00Z")
    .option("--checks", "refuse calls that Upwork would refuse for sure, before they cost a unit")
    .option("--no-checks", "send them");
}

type Changes = {
  name?: string;
  connection?: string;
  access?: Record<string, unknown>;
  share?: Record<string, unknown>;
  checks?: boolean;
};

/** What the options ask for, as the admin API takes it; what no option names is left out. */
export function changesOf(options: ClientOptions): Changes {
  const access: Record<string, unknown> = {
    ...(options.readOnly ? { rules: ["GET /api/**", "GET /gds/**"], mutations: false } : {}),
    ...(options.full ? { rules: ["ANY /**"], connections: ["*"], graphql: true, mutations: true } : {}),
    ...(options.allow.length === 0 ? {} : { rules: options.allow }),
    ...(options.useConnection.length === 0 ? {} : { connections: options.useConnection }),
    ...(options.graphql === undefined ? {} : { graphql: options.graphql }),
    ...(options.mutations === undefined ? {} : { mutations: options.mutations }),
  };
  const share: Record<string, unknown> = {
    ...(options.guaranteed === undefined ? {} : { guaranteed: wholeNumber("--guaranteed", options.guaranteed) }),
    ...(options.cap === undefined ? {} : { cap: options.cap === "none" ? null : wholeNumber("--cap", options.cap) }),
    ...(options.priority === undefined ? {} : { priority: options.priority }),
    ...(options.observe ? { mode: "observe" } : options.enforce ? { mode: "enforce" } : {}),
    ...temporary(options),
  };
  return {
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.connection === undefined ? {} : { connection: options.connection }),
    ...(Object.keys(access).length === 0 ? {} : { access }),
    ...(Object.keys(share).length === 0 ? {} : { share }),
    ...(options.checks === undefined ? {} : { checks: options.checks }),
  };
}

function temporary({ temporaryCap, until }: ClientOptions): Record<string, unknown> {
  if (temporaryCap === undefined && until === undefined) return {};
  if (temporaryCap === "none") return { temporary: null };
  if (temporaryCap === undefined || until === undefined) {
    throw new CliError("usage", "A temporary cap needs its end: give --temporary-cap and --until together.");
  }
  return { temporary: { cap: wholeNumber("--temporary-cap", temporaryCap), until } };
}
