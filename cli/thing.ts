import { shown } from "./output.ts";

/** One thing as the gateway shows it; the command line only picks out what it prints. */
export type Thing = Readonly<Record<string, unknown>>;

/** The things of a list of whatever came, without what is none. */
export function thingsOf(list: unknown): Thing[] {
  return Array.isArray(list) ? list.filter(isThing) : [];
}

/** Text at a path of members such as `share.guaranteed`, safe for a terminal; empty where there is none. */
export function textAt(thing: unknown, path: string): string {
  const value = valueAt(thing, path);
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return shown(value.map((item) => textOf(item)).join(", "));
  return shown(textOf(value));
}

/** Whether a thing has something at a path of members. */
export function hasMember(thing: Thing, path: string): boolean {
  return (valueAt(thing, path) ?? undefined) !== undefined;
}

function valueAt(thing: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((at, name) => (isThing(at) ? at[name] : undefined), thing);
}

function textOf(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Whether something is a JSON object. */
export function isThing(value: unknown): value is Thing {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
