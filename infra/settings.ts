import type { Node } from "constructs";
import { defaultLimits, type Limit, LimitsError, parseLimits } from "../functions/platform/limit-schema.ts";

/** What a deployment can choose, from the CDK context: `cdk deploy -c stage=prod -c limits='[...]'`. */
export type Settings = {
  stage: string;
  limits: readonly Limit[];
  /** `live` before the real Upwork, `test` before a sandbox. */
  keyKind: "live" | "test";
  upstream: string;
  graphqlUpstream: string;
  logRetentionDays: 7 | 30 | 90 | 365;
};

/** A setting is wrong; the message says what to write. */
export class SettingsError extends Error {
  override name = "SettingsError";
}

/**
 * Reads and checks all settings.
 *
 * @throws SettingsError in one sentence that says what to write
 */
export function readSettings(node: Node): Settings {
  const text = (name: string, otherwise: string): string => {
    const value: unknown = node.tryGetContext(name) ?? otherwise;
    if (typeof value !== "string") throw new SettingsError(`Context "${name}" must be a string.`);
    return value;
  };
  const stage = text("stage", "dev");
  if (!/^[a-z][a-z0-9-]{0,20}$/.test(stage)) {
    throw new SettingsError(
      `Context "stage" must be lower-case letters, digits and dashes, such as dev or prod, not "${stage}".`,
    );
  }
  const keyKind = text("keyKind", "live");
  if (keyKind !== "live" && keyKind !== "test") {
    throw new SettingsError(`Context "keyKind" must be live or test, not "${keyKind}".`);
  }
  const origin = (name: string, otherwise: string): string => {
    const value = text(name, otherwise);
    if (URL.canParse(value) && new URL(value).origin === value && value.startsWith("https:")) return value;
    throw new SettingsError(`Context "${name}" must be an https origin such as ${otherwise}, not "${value}".`);
  };
  const upstream = origin("upstream", "https://www.upwork.com");
  const graphqlUpstream = origin("graphqlUpstream", "https://api.upwork.com");
  const logRetentionDays = ([7, 30, 90, 365] as const).find((days) => String(days) === text("logRetentionDays", "30"));
  if (logRetentionDays === undefined) throw new SettingsError('Context "logRetentionDays" must be 7, 30, 90 or 365.');
  const limits = readLimits(node.tryGetContext("limits"));
  return { stage, limits, keyKind, upstream, graphqlUpstream, logRetentionDays };
}

function readLimits(context: unknown): readonly Limit[] {
  if (context === undefined) return defaultLimits;
  try {
    return parseLimits(context);
  } catch (error) {
    if (error instanceof LimitsError) throw new SettingsError(`Context "limits": ${error.message}`, { cause: error });
    throw error;
  }
}
