import type { Node } from "constructs";
import { parseSettings, type SettingName, type Settings, SettingsError, settingNames } from "./settings.ts";

/** Context that the CDK and its command line keep for themselves has one of these characters, or is one of these. */
const foreignContext = /[:@/]|^(cli-telemetry|acknowledged-issue-numbers|notices)$/;
/** Longer than the command line's own `UPWORK_GATEWAY_`, so that its variables are never taken for settings. */
const variablePrefix = "UPWORK_GATEWAY_DEPLOY_";

/** A setting's environment variable: `alarmEmail` is `UPWORK_GATEWAY_DEPLOY_ALARM_EMAIL`. */
export function variableOf(setting: SettingName): string {
  return variablePrefix + setting.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** Settings as one place gives them, under the names that were written there. */
type Source = { place: string; values: readonly (readonly [name: string, value: unknown])[] };

/**
 * Reads the settings of one stage. The first place that has a setting decides: `-c name=value`, the environment
 * (`UPWORK_GATEWAY_DEPLOY_NAME`), the stage's own entry under `stages` in cdk.json.
 *
 * @throws SettingsError in one sentence, also for a name that is no setting
 */
export function readSettings(
  node: Node,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Settings {
  const { stages = {}, ...context } = node.getAllContext() as Record<string, unknown>;
  const commandLine: Source = {
    place: "from -c",
    values: Object.entries(context).filter(([name]) => !foreignContext.test(name)),
  };
  const variables: Source = {
    place: "from the environment",
    values: Object.entries(environment)
      .filter(([name, value]) => name.startsWith(variablePrefix) && value !== undefined)
      .map(([name, value]) => [settingNames.find((setting) => variableOf(setting) === name) ?? name, value]),
  };
  const named = new Map([...variables.values, ...commandLine.values]).get("stage");
  const stage = named === undefined ? "dev" : String(named);
  const file: Source = { place: `from stages.${stage} in cdk.json`, values: stageEntry(stages, stage) };

  const raw: Record<string, unknown> = { stage };
  const places: Record<string, string> = {};
  for (const { place, values } of [file, variables, commandLine]) {
    for (const [name, value] of values) {
      if (!settingNames.includes(name as SettingName)) {
        throw new SettingsError(`There is no setting "${name}" (${place}); there are ${settingNames.join(", ")}.`);
      }
      raw[name] = value;
      places[name] = place;
    }
  }
  return parseSettings(raw, places);
}

function stageEntry(stages: unknown, stage: string): [string, unknown][] {
  const entry = isObject(stages) ? (stages[stage] ?? {}) : undefined;
  if (!isObject(entry)) {
    throw new SettingsError('"stages" in cdk.json must look like {"prod": {"alarmEmail": "ops@example.com"}}.');
  }
  if (Object.hasOwn(entry, "stage")) {
    throw new SettingsError(`"stages.${stage}" in cdk.json must not have a "stage" of its own.`);
  }
  return Object.entries(entry);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
