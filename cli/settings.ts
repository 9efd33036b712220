import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import * as z from "zod/mini";
import { secretNames } from "../functions/platform/names.ts";
import { asOwner } from "./aws.ts";
import { CliError } from "./errors.ts";
import { shown } from "./output.ts";
import { parseJson } from "./parse-json.ts";
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
  if (named !== undefined && named !== "") return resolve(cwd, named);
  return join(env.XDG_CONFIG_HOME || join(home, ".config"), "upwork-gateway", "config.json");
}

/** A config file is some lines; what is longer is none. */
const maxConfigBytes = 65_536;

/**
 * Reads the config file; undefined where there is none.
 *
 * @throws CliError when others may read it, or it is not what it should be
 */
export function readConfigFile(path: string): ConfigFile | undefined {
  let text: string;
  try {
    const { mode, size } = statSync(path);
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new CliError("usage", `${path} holds keys and others may read it. Run: chmod 600 ${path}`);
    }
    if (size > maxConfigBytes) throw new CliError("usage", `${path} is no config file: it is ${size} bytes long.`);
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof CliError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw new CliError("usage", `The config file ${path} cannot be read (${code}). Name another with --config.`);
  }
  const again = "Mend it, or remove it and run: upwork-gateway login";
  const value = parseJson(text);
  if (value === undefined) throw new CliError("usage", `${path} is not JSON. ${again}`);
  const parsed = configSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const unknown = issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? issue.keys : []));
  const wrong = [...issues.map(({ path: at }) => at.join(".")), ...unknown].filter((name) => name !== "");
  const what = wrong.length === 0 ? "holds no JSON object" : `is wrong at "${wrong.join('", "')}"`;
  const takes = "It takes url, key, adminKey and stage, each a text.";
  throw new CliError("usage", `${path} ${what}. ${takes} ${again}`);
}

/**
 * Writes the config file so that only its owner can read it.
 *
 * @throws CliError where it cannot be written
 */
export function writeConfigFile(path: string, config: ConfigFile): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
    // The mode above counts only for a new file.
    chmodSync(path, 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError("usage", `The config file ${path} cannot be written (${code}). Name another with --config.`);
  }
}

/** A value and where it comes from, for an error to name. */
type Given = { from: string; value: string };

/**
 * Settles where the gateway is and who asks: a flag before the environment before the config file. A variable of the
 * environment that is empty counts as none, as everywhere in a shell.
 *
 * @throws CliError for an address or a config file that cannot be used
 */
export function readSettings(
  around: Surroundings,
  options: GlobalOptions,
  config: "existing" | "new" = "existing",
): Settings {
  const path = configPath(around, options);
  const file = readConfigFile(path);
  const isNamed = options.config !== undefined || (around.env.UPWORK_GATEWAY_CONFIG ?? "") !== "";
  if (file === undefined && isNamed && config === "existing") {
    throw new CliError("usage", `There is no config file ${path}. Make it with: upwork-gateway login --config PATH`);
  }
  const firstOf = (name: keyof ConfigFile & keyof GlobalOptions, flag: string, variable: string): Given | undefined => {
    const places: [from: string, value: string | undefined][] = [
      [flag, options[name]],
      [variable, around.env[variable] || undefined],
      [`"${name}" in ${path}`, file?.[name]],
    ];
    const found = places.find((place): place is [string, string] => place[1] !== undefined);
    return found && { from: found[0], value: found[1] };
  };
  const url = readUrl(firstOf("url", "--url", "UPWORK_GATEWAY_URL") ?? { from: "", value: "http://localhost:4000" });
  const stage = readStage(firstOf("stage", "--stage", "UPWORK_GATEWAY_STAGE") ?? { from: "", value: "prod" });
  return {
    url,
    stage,
    clientKey() {
      const key = firstOf("key", "--key", "UPWORK_GATEWAY_KEY") ?? localClientKey(around, url);
      if (key !== undefined) return requireKey(key.from, key.value);
      throw new CliError(
        "usage",
        "No client key. Set UPWORK_GATEWAY_KEY, or store one with: upwork-gateway login. An admin makes one with: upwork-gateway clients create NAME",
      );
    },
    async adminKey() {
      const key = firstOf("adminKey", "--admin-key", "UPWORK_GATEWAY_ADMIN_KEY");
      if (key !== undefined) return requireKey(key.from, key.value);
      return options.aws ? adminKeyFromAws(around, stage) : undefined;
    },
  };
}

/**
 * A key as a header can carry it.
 *
 * @throws CliError for what can be none; it is not repeated
 */
export function requireKey(from: string, key: string): string {
  if (/^[\x21-\x7e]{1,500}$/.test(key)) return key;
  throw new CliError("usage", `${from} holds no key: a key is one word of letters, digits and signs.`);
}

function readUrl({ from, value }: Given): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isOther = url === undefined || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "";
  if (isOther || url.username !== "" || url.password !== "") {
    // What stands before an @ or behind a question mark may be a secret.
    const harmless = shown(value.replace(/^([^/]*\/\/).*@/s, "$1").replace(/[?#].*$/s, ""));
    throw new CliError(
      "usage",
      `${from}: "${harmless}" is no address of a gateway. Give one such as https://gateway.example.com`,
    );
  }
  if (url.protocol === "http:" && !isLoopback(url)) {
    throw new CliError("usage", `${from}: a key would travel to ${url.host} unencrypted. Use https.`);
  }
  return url.href.replace(/\/+$/, "");
}

/** As the deployment names its stages. */
function readStage({ from, value }: Given): string {
  if (/^[a-z][a-z0-9-]{0,20}$/.test(value)) return value;
  throw new CliError("usage", `${from}: "${shown(value)}" is no stage. It has lower-case letters, digits and dashes.`);
}

function isLoopback(url: URL): boolean {
  return url.hostname === "localhost" || url.hostname === "[::1]" || /^127\./.test(url.hostname);
}

/** `npm start` leaves its demo client's key in its data folder; beside it, no key need be given. */
function localClientKey({ env, cwd }: Surroundings, url: string): Given | undefined {
  if (!isLoopback(new URL(url))) return undefined;
  const folder = resolve(cwd, env.GATEWAY_DATA || ".local");
  const from = [join(folder, "client-key-test"), join(folder, "client-key-live")].find((path) => existsSync(path));
  if (from === undefined) return undefined;
  try {
    return { from, value: readFileSync(from, "utf8").trim() };
  } catch (error) {
    throw new CliError("usage", `The client key in ${from} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

const adminKeySchema = z.object({ current: z.string() });

async function adminKeyFromAws({ readSecret }: Surroundings, stage: string): Promise<string> {
  const name = secretNames.adminKey(`upwork-gateway/${stage}`);
  const text = await asOwner(name, () => readSecret(name));
  try {
    return requireKey(name, adminKeySchema.parse(JSON.parse(text ?? "")).current);
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
