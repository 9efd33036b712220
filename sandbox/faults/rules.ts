import { type KindName, kindNames, kindOf } from "./kinds.ts";

/** A fault, and which calls it befalls: those that match, each `every`-th of them, until it happened `times` times. */
export type FaultRule = {
  fault: KindName;
  value?: number;
  method?: string;
  /** `*` stands for anything but a slash, `**` for anything. */
  path?: string;
  times?: number;
  every?: number;
};

/** Somebody asked for a fault that there is not; the message says which there are. */
export class FaultRuleError extends Error {
  override name = "FaultRuleError";
}

/**
 * Reads a rule as it is written on the command line and in headers.
 *
 * @example readRule("latency=500; path=/api/**; method=GET; times=3; every=2")
 */
export function readRule(text: string): FaultRule {
  const [first = "", ...rest] = text.split(";").map((part) => part.trim());
  const [fault = "", value] = first.split("=").map((part) => part.trim());
  const members: Record<string, unknown> = {
    fault,
    ...(value === undefined ? {} : { value: numberOf("value", value) }),
  };
  for (const part of rest) {
    const [name = "", given = ""] = part.split("=").map((side) => side.trim());
    members[name] = name === "times" || name === "every" ? numberOf(name, given) : given;
  }
  return checkRule(members);
}

/** The faults of a header: `latency=200, truncate`. */
export const readRules = (text: string): FaultRule[] =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map(readRule);

/** A rule out of what somebody sent as JSON or in a form; throws a FaultRuleError that says what is wrong. */
export function checkRule(members: Readonly<Record<string, unknown>>): FaultRule {
  const { fault, value, method, path, times, every, ...unknown } = members;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined) {
    throw new FaultRuleError(`A fault has no "${stranger}". It has method, path, times and every.`);
  }
  const name = kindNames.find((known) => known === fault);
  if (name === undefined) {
    throw new FaultRuleError(`There is no fault "${String(fault)}". There are ${kindNames.map(usage).join(", ")}.`);
  }
  const range = kindOf(name).value;
  if (range === undefined && value !== undefined) throw new FaultRuleError(`"${name}" takes no value.`);
  if (range !== undefined && value !== undefined && !isBetween(value, range.min, range.max)) {
    throw new FaultRuleError(`"${name}" takes ${range.min} to ${range.max} ${range.unit}, not ${String(value)}.`);
  }
  for (const [count, given] of Object.entries({ times, every })) {
    if (given !== undefined && !(isBetween(given, 1, 1e9) && Number.isInteger(given))) {
      throw new FaultRuleError(`"${count}" takes a whole number from 1 on, not ${String(given)}.`);
    }
  }
  for (const [part, given] of Object.entries({ method, path })) {
    if (given !== undefined && (typeof given !== "string" || given === "" || given.length > 500)) {
      throw new FaultRuleError(`"${part}" takes text of at most 500 characters.`);
    }
  }
  return Object.fromEntries(
    Object.entries({ fault: name, value, method, path, times, every }).filter(([, given]) => given !== undefined),
    // Every member was checked above.
  ) as FaultRule;
}

/** How a fault is written: `latency=MS`, `hang`. */
export function usage(name: KindName): string {
  const { value } = kindOf(name);
  return value === undefined ? name : `${name}=${value.unit === "ms" ? "MS" : "SECONDS"}`;
}

/** A rule as `readRule` takes it. */
export function writeRule({ fault, value, ...rest }: FaultRule): string {
  const first = value === undefined ? fault : `${fault}=${value}`;
  return [first, ...Object.entries(rest).map(([name, given]) => `${name}=${given}`)].join("; ");
}

function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (text === "" || !Number.isFinite(number)) throw new FaultRuleError(`"${name}" takes a number, not "${text}".`);
  return number;
}

const isBetween = (value: unknown, min: number, max: number) =>
  typeof value === "number" && Number.isFinite(value) && value >= min && value <= max;

/** Whether a rule is about this call. */
export function matches({ method, path }: FaultRule, call: { method: string; path: string }): boolean {
  return (
    (method === undefined || method.toUpperCase() === call.method) && (path === undefined || isLike(path, call.path))
  );
}

/** Compares without a regular expression, which a pattern of many stars would bring to its knees. */
function isLike(pattern: string, path: string): boolean {
  // Positions in the path that the pattern so far may have come to, ascending.
  let reached = [0];
  for (const [piece] of pattern.matchAll(/\*\*|\*|[^*]+/g)) {
    const next: number[] = [];
    for (const from of reached) {
      if (piece === "*" || piece === "**") {
        const last = piece === "**" ? path.length : endOfSegment(path, from);
        for (let at = Math.max(from, (next.at(-1) ?? -1) + 1); at <= last; at += 1) next.push(at);
      } else if (path.startsWith(piece, from)) next.push(from + piece.length);
    }
    reached = next;
  }
  return reached.includes(path.length);
}

function endOfSegment(path: string, from: number): number {
  const slash = path.indexOf("/", from);
  return slash < 0 ? path.length : slash;
}
