import type { Pair } from "../oauth1/signature.ts";
import type { PermissionName } from "../permissions.ts";
import type { Switches } from "../switches.ts";
import type { User } from "../world/people.ts";
import type { World } from "../world/world.ts";

/** A call that passed signature and key permissions. */
export type Call = {
  world: World;
  user: User;
  parameters: Parameters;
  /** What stands in the path for a `{name}`, decoded. */
  segment(name: string): string;
  /** Milliseconds. */
  now: number;
  switches: Switches;
};

/** What an endpoint answers: the payload of the envelope, or an error of Upwork's kind. */
export type Result =
  | { payload: Record<string, unknown> }
  | { table: Record<string, unknown> }
  | { error: { status: number; message: string; reason?: string } };

/** Upwork's own pages; an official client's source or recordings; its users; nobody. docs/sandbox.md shows it. */
export type Knowledge = "document" | "client" | "report" | "guess";

/** One row of the table of endpoints; `{name}` stands for one segment. Paths have no suffix: `.json` is cut off first. */
export type Endpoint = {
  method: "GET" | "POST" | "PUT" | "DELETE";
  path: string;
  /** What the key must be allowed to do. */
  permission: PermissionName;
  /** How the shape of its answer is known. */
  shape: Knowledge;
  answer: (call: Call) => Result;
};

/** A call's parameters, from query, form and JSON alike; `oauth_*` are not among them. */
export type Parameters = {
  readonly pairs: readonly Pair[];
  /** The first value, or `""`: to Upwork's XML heritage absent and empty are the same. */
  get(name: string): string;
  /** Every value of `name`, `name[]`, `name[0]` ... */
  all(name: string): string[];
};

export function parametersOf(pairs: readonly Pair[]): Parameters {
  return {
    pairs,
    get: (name) => pairs.find(([known]) => known === name)?.[1] ?? "",
    all: (name) => pairs.filter(([known]) => known === name || known.startsWith(`${name}[`)).map(([, value]) => value),
  };
}

export const answered = (payload: Record<string, unknown>): Result => ({ payload });
export const failed = (status: number, message: string): Result => ({ error: { status, message } });
export const notFound = failed(404, "Not found");
/** What a user gets who has no role for it; Upwork keeps this apart from what the key may do. */
export const forbidden = failed(403, "Forbidden");

/** A page of a list below its name, or the error of a wrong `page`. */
export function listing(name: string, list: Record<string, unknown> | undefined): Result {
  return list === undefined
    ? failed(400, "Invalid page: offset;count, at most 100 at once")
    : answered({ [name]: list });
}

/** An error that names the first required parameter which is missing, or `undefined` where all are there. */
export function missingParameter(parameters: Parameters, names: readonly string[]): Result | undefined {
  const missing = names.find((name) => parameters.get(name).trim() === "");
  return missing === undefined ? undefined : failed(400, `Missing required parameter: ${missing}`);
}
