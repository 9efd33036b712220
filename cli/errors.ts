import type { Thing } from "./thing.ts";

/** Exit codes, documented in `docs/cli.md` and in `--help`. */
export const exitCodes = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  refused: 3,
  budget: 4,
  unreachable: 5,
  /** As a shell says of a program that Ctrl-C ended. */
  interrupted: 130,
} as const satisfies Record<string, number>;

/** What a person at the terminal must know: one sentence, what to do next, and the exit code that scripts see. */
export class CliError extends Error {
  override name = "CliError";
  readonly exitCode: number;
  /** What the gateway answered, or a command found, for `--json`; without it the message is. */
  readonly document: Thing | undefined;

  constructor(exitCode: keyof typeof exitCodes, message: string, document?: Thing) {
    super(message);
    this.exitCode = exitCodes[exitCode];
    this.document = document;
  }
}

/** The exit code for an HTTP status: a script must be able to tell "never" from "not now". */
export function exitCodeOf(status: number): keyof typeof exitCodes {
  if (status < 400) return "ok";
  if (status === 429) return "budget";
  return status >= 500 ? "unreachable" : "refused";
}
