import { type LimitSettings, windows } from "../limits/limits.ts";
import { defaultSwitches, type Switches } from "../switches.ts";

/** What was asked for cannot be done; the message says why, for a person. */
export class ControlError extends Error {
  override name = "ControlError";
}

const switchNames = Object.keys(defaultSwitches) as (keyof Switches)[];

/**
 * Switches as somebody wrote them: JSON's own values, or their text.
 *
 * @throws ControlError for a switch there is not, or a value it cannot have
 */
export function readSwitches(asked: Readonly<Record<string, unknown>>): Partial<Switches> {
  const changed = Object.entries(asked).map(([name, given]) => {
    const known = switchNames.find((candidate) => candidate === name);
    if (known === undefined) throw new ControlError(`There is no switch ${name}; there are ${switchNames.join(", ")}.`);
    return [known, readSwitch(known, defaultSwitches[known], given)] as const;
  });
  return Object.fromEntries(changed);
}

function readSwitch(name: string, usual: Switches[keyof Switches], given: unknown): unknown {
  if (typeof usual === "boolean" && (given === true || given === "true")) return true;
  if (typeof usual === "boolean" && (given === false || given === "false")) return false;
  const value = Number(given);
  if (typeof usual === "number" && given !== "" && Number.isInteger(value) && value >= 0) return value;
  if (typeof usual === "string" && (given === "empty" || given === "refused")) return given;
  throw new ControlError(`The switch ${name} cannot be ${JSON.stringify(given)}.`);
}

/**
 * Quotas with some of them changed; 0 takes one away, which an empty field of a form cannot say.
 *
 * @throws ControlError for a window there is not, or a number that is none
 */
export function changedQuotas(
  before: LimitSettings["quotas"],
  changes: Readonly<Record<string, number | undefined>>,
): LimitSettings["quotas"] {
  for (const [name, quota] of Object.entries(changes)) {
    if (!Object.hasOwn(windows, name)) {
      throw new ControlError(`There is no limit "${name}"; there are ${Object.keys(windows).join(", ")}.`);
    }
    if (quota !== undefined && !(Number.isInteger(quota) && quota >= 0 && quota <= 10_000_000)) {
      throw new ControlError(`${name}: a whole number, 0 for no limit`);
    }
  }
  const given = Object.entries(changes).filter(([, quota]) => quota !== undefined);
  const all = Object.entries({ ...before, ...Object.fromEntries(given) });
  return Object.fromEntries(all.filter(([, quota]) => quota !== 0));
}
