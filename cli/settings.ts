import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import * as z from "zod/mini";
import { secretNames } from "../functions/platform/names.ts";
import { CliError } from "./errors.ts";
import type { Surroundings } from "./surroundings.ts";

/** Options that every command takes. */
export type GlobalOptions = {
  url?: string;
  key?: string;
  adminKey?: string;
  /** Read the admin key with the person's own AWS credentials. */
  aws?: boolean;
  stage?: string;
  config?: string;
  json?: boolean;
};

export type Settings = {
  /** Origin of the gateway, without a trailing slash. */
  url: string;
  stage: string;
  /** The client key, asked for only by commands that need it. */
  clientKey(): string;
  /** The admin key; absent where a gateway on this machine leaves its door open. */
  adminKey(): Promise<string | undefined>;
};

export const configSchema = z.strictObject({
  url: z.optional(z.string()),
  key: z.optional(z.string()),
  adminKey: z.optional(z.string()),
  stage: z.optional(z.string()),
});
export type ConfigFile = z.infer<typeof configSchema>;

/** Where the config file is: `--config`, `UPWORK_GATEWAY_CONFIG`, or the XDG place. */
export function configPath({ env, home, cwd }: Surroundings, options: GlobalOptions): string {
  const named = options.config ?? env.UPWORK_GATEWAY_CONFIG;
  if (named !== undefined) return resolve(cwd, named);
  return join(env.XDG_CONFIG_HOME || join(home, ".config"), "upwork-gateway", "config.json");
}

/**
 * Reads the config file; `{}` where there is none.
 *
 * @throws CliError when others may read it, or it is not what it should be
 */
export function readConfigFile(path: string): ConfigFile {
  if (!existsSync(path)) return {};
  if (process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0) {
    throw new CliError("usage", `${path} holds keys and others may read it. Run: chmod 600 ${path}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    throw new CliError("usage", `${path} is not JSON. Write {"url": "...", "key": "..."} or run: upwork-gateway login`);
  }
  const parsed = configSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new CliError("usage", `${path} is wrong at "${issue?.path.join(".") ?? ""}": ${issue?.message}.`);
}

/** Writes the config file so that only its owner can read it. */
export function writeConfigFile(path: string, config: ConfigFile): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
  // The mode above counts only for a new file.
  chmodSync(path, 0o600);
}

/**
 * Settles where the gateway is and who asks: a flag before the environment before the config file.
 *
 * @throws CliError for an address or a config file that cannot be used
 */
export function readSettings(around: Surroundings, options: GlobalOptions): Settings {
  const { env } = around;
  const file = readConfigFile(configPath(around, options));
  const url = readUrl(options.url ?? env.UPWORK_GATEWAY_URL ?? file.url ?? "http://localhost:4000");
  const stage = options.stage ?? env.UPWORK_GATEWAY_STAGE ?? file.stage ?? "prod";
  return {
    url,
    stage,
    clientKey() {
      const key = options.key ?? env.UPWORK_GATEWAY_KEY ?? file.key ?? localClientKey(around, url);
      if (key !== undefined) return key;
      throw new CliError(
        "usage",
        "No client key. Set UPWORK_GATEWAY_KEY, or store one with: upwork-gateway login. An admin makes one with: upwork-gateway clients create NAME",
      );
    },
    async adminKey() {
      const key = options.adminKey ?? env.UPWORK_GATEWAY_ADMIN_KEY ?? file.adminKey;
      if (key !== undefined) return key;
      return options.aws ? adminKeyFromAws(around, stage) : undefined;
    },
  };
}

function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.search !== "") {
    throw new CliError("usage", `"${text}" is no address of a gateway. Give one such as https://gateway.example.com`);
  }
  if (url.protocol === "http:" && !isLoopback(url)) {
    throw new CliError("usage", `A key would travel to ${url.host} unencrypted. Use https.`);
  }
  return url.href.replace(/\/+$/, "");
}

function isLoopback(url: URL): boolean {
  return url.hostname === "localhost" || url.hostname === "[::1]" || /^127\./.test(url.hostname);
}

/** `npm start` leaves its demo client's key in its data folder; beside it, no key need be given. */
function localClientKey({ env, cwd }: Surroundings, url: string): string | undefined {
  if (!isLoopback(new URL(url))) return undefined;
  const folder = resolve(cwd, env.GATEWAY_DATA || ".local");
  const file = [join(folder, "client-key-test"), join(folder, "client-key-live")].find((path) => existsSync(path));
  return file === undefined ? undefined : readFileSync(file, "utf8").trim();
}

const adminKeySchema = z.object({ current: z.string() });

async function adminKeyFromAws({ readSecret }: Surroundings, stage: string): Promise<string> {
  const name = secretNames.adminKey(`upwork-gateway/${stage}`);
  const text = await readSecret(name);
  try {
    return adminKeySchema.parse(JSON.parse(text ?? "")).current;
  } catch (cause) {
    const why = text === undefined ? "does not exist in this account and region" : "does not hold an admin key";
    throw Object.assign(
      new CliError("refused", `Secret "${name}" ${why}. Check --stage, AWS_PROFILE and AWS_REGION.`),
      {
        cause,
      },
    );
  }
}
