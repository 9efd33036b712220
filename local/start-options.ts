import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { LimitsError, parseLimits } from "../functions/platform/limit-schema.ts";
import type { LocalOptions } from "./gateway.ts";

export const help = `The whole gateway on this machine: npm start

Environment variables:
  PORT                    gateway, default 4000; 0 takes any free port
  SANDBOX_PORT            sandbox Upwork, default 4100
  GATEWAY_DATA            data folder, default .local
  GATEWAY_LIMITS          the budget's limits as JSON, default 10/s, 300/min, 40,000/day
  POWERTOOLS_LOG_LEVEL    default WARN; INFO shows every log line the functions write
  UPWORK_CONSUMER_KEY     with UPWORK_CONSUMER_SECRET: calls the real Upwork instead of the sandbox;
                          register http://localhost:4000/oauth/callback as the key's callback URL
  UPWORK_URL              default https://www.upwork.com, used with a real key

What you see: one line for each request (status, method, path, time), and the functions' own log lines, JSON with a
request id, from POWERTOOLS_LOG_LEVEL up.

Everything listens on loopback only. Ctrl-C lets calls under way end (5 s at most) and stops; the data folder keeps
connections, clients and the budget. A real key's connections and budget are kept apart, below live/.
`;

/** Something the person at the terminal wrote cannot be used; the message says what to write. */
export class OptionsError extends Error {
  override name = "OptionsError";
}

/**
 * Reads what `npm start` was asked to do; `help` when that is all that was asked.
 *
 * @throws OptionsError
 */
export function readOptions(
  environment: Record<string, string | undefined>,
  args: readonly string[],
): Omit<LocalOptions, "onAnswer"> | "help" {
  if (wantsHelp(args)) return "help";
  const { UPWORK_CONSUMER_KEY: consumerKey, UPWORK_CONSUMER_SECRET: consumerSecret } = environment;
  if (!consumerKey !== !consumerSecret) {
    throw new OptionsError("Give both UPWORK_CONSUMER_KEY and UPWORK_CONSUMER_SECRET, or neither for the sandbox.");
  }
  const port = readPort(environment, "PORT", 4000);
  const sandboxPort = readPort(environment, "SANDBOX_PORT", 4100);
  const isReal = consumerKey && consumerSecret;
  if (!isReal && port !== 0 && port === sandboxPort) {
    throw new OptionsError(
      `PORT and SANDBOX_PORT are both ${port}. Choose two: PORT=${port} SANDBOX_PORT=${neighbour(port)} npm start`,
    );
  }
  const limits = environment.GATEWAY_LIMITS || undefined;
  if (limits !== undefined) checkLimits(limits);
  return {
    port,
    sandboxPort,
    dataDir: resolve(environment.GATEWAY_DATA || ".local"),
    ...(isReal ? { real: { upstream: readUpstream(environment.UPWORK_URL), consumerKey, consumerSecret } } : {}),
    ...(limits === undefined ? {} : { limits }),
  };
}

function wantsHelp(args: readonly string[]): boolean {
  try {
    const { values } = parseArgs({ args: [...args], options: { help: { type: "boolean", default: false } } });
    return values.help;
  } catch {
    throw new OptionsError(
      `npm start takes no "${args.join(" ")}". Settings are environment variables; npm start -- --help lists them.`,
    );
  }
}

function readPort(environment: Record<string, string | undefined>, variable: string, otherwise: number): number {
  const text = environment[variable] || String(otherwise);
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535) {
    throw new OptionsError(`${variable} takes a port from 0 to 65535, not "${text}".`);
  }
  return value;
}

function readUpstream(text = "https://www.upwork.com"): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) {
    throw new OptionsError(`UPWORK_URL takes an origin such as https://www.upwork.com, not "${text}".`);
  }
  return url.origin;
}

function checkLimits(text: string): void {
  try {
    parseLimits(text);
  } catch (error) {
    if (error instanceof LimitsError) throw new OptionsError(`GATEWAY_LIMITS: ${error.message}`, { cause: error });
    throw error;
  }
}

/** What a person at the terminal can do about a start that failed. */
export function explain(error: unknown, options: { sandboxPort: number } | undefined): string {
  if (!(error instanceof Error)) return String(error);
  const { code, port, path, message } = error as NodeJS.ErrnoException & { port?: number };
  if (code === "EADDRINUSE" && port !== undefined) {
    const variable = port === options?.sandboxPort ? "SANDBOX_PORT" : "PORT";
    return `Port ${port} is taken by another program. Choose another: ${variable}=${neighbour(port)} npm start`;
  }
  if (code === "EACCES" && port !== undefined) {
    return `This user may not listen on port ${port}. Choose one above 1023: PORT=4000 npm start`;
  }
  if (path !== undefined) {
    return `The data folder cannot be used (${message}). Choose one you may write: GATEWAY_DATA=.local npm start`;
  }
  return message;
}

function neighbour(port: number): number {
  return port === 65_535 ? port - 1 : port + 1;
}
