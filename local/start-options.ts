import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { LimitsError, parseLimits } from "../functions/platform/limit-schema.ts";
import type { LocalOptions, RealUpwork } from "./gateway.ts";

export const help = `The whole gateway on this machine: npm start

Environment variables:
  PORT                    gateway, default 4000; 0 takes any free port
  SANDBOX_PORT            sandbox Upwork, default 4100
  GATEWAY_DATA            data folder, default .local
  GATEWAY_LIMITS          the budget's limits as JSON, default 10/s, 300/min, 40,000/day
  POWERTOOLS_LOG_LEVEL    default WARN; INFO shows every log line the functions write
  UPWORK_CONSUMER_KEY     with UPWORK_CONSUMER_SECRET: an OAuth 1.0a key; calls the real Upwork instead of the sandbox
  UPWORK_CLIENT_ID        with UPWORK_CLIENT_SECRET: an OAuth 2.0 key, for Upwork as it is today; alone or beside the other
                          (register http://localhost:4000/oauth/callback as the callback URL of either)
  UPWORK_GRANT            client_credentials for an OAuth 2.0 key of that kind; default authorization_code
  UPWORK_URL              default https://www.upwork.com, used with a real key
  UPWORK_GRAPHQL_URL      default https://api.upwork.com, used with a real key

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
  const real = readReal(environment);
  const port = readPort(environment, "PORT", 4000);
  const sandboxPort = readPort(environment, "SANDBOX_PORT", 4100);
  if (real === undefined && port !== 0 && port === sandboxPort) {
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
    ...(real === undefined ? {} : { real }),
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

function readReal(environment: Record<string, string | undefined>): RealUpwork | undefined {
  const [consumerKey, consumerSecret] = readKey(environment, "UPWORK_CONSUMER_KEY", "UPWORK_CONSUMER_SECRET");
  const [clientId, clientSecret] = readKey(environment, "UPWORK_CLIENT_ID", "UPWORK_CLIENT_SECRET");
  const oauth1 = consumerKey && consumerSecret ? { oauth1: { consumerKey, consumerSecret } } : {};
  const grant = readGrant(environment.UPWORK_GRANT || "authorization_code");
  const oauth2 = clientId && clientSecret ? { oauth2: { clientId, clientSecret, grant } } : {};
  if (!consumerKey && !clientId) return undefined;
  return {
    upstream: readOrigin(environment, "UPWORK_URL", "https://www.upwork.com"),
    graphqlUpstream: readOrigin(environment, "UPWORK_GRAPHQL_URL", "https://api.upwork.com"),
    ...oauth1,
    ...oauth2,
  };
}

function readGrant(text: string): "authorization_code" | "client_credentials" {
  if (text === "authorization_code" || text === "client_credentials") return text;
  throw new OptionsError(`UPWORK_GRANT takes authorization_code or client_credentials, not "${text}".`);
}

function readKey(environment: Record<string, string | undefined>, name: string, secretName: string) {
  const [key, secret] = [environment[name], environment[secretName]];
  if (!key !== !secret) throw new OptionsError(`Give both ${name} and ${secretName}, or neither for the sandbox.`);
  return [key, secret] as const;
}

function readOrigin(environment: Record<string, string | undefined>, variable: string, otherwise: string): string {
  const text = environment[variable] || otherwise;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) {
    throw new OptionsError(`${variable} takes an origin such as ${otherwise}, not "${text}".`);
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
