import { CliError } from "./errors.ts";
import { ask } from "./gateway.ts";
import type { Settings } from "./settings.ts";
import type { Surroundings } from "./surroundings.ts";

/** One thing as the admin API shows it; the command line only picks out what it prints. */
export type Thing = Readonly<Record<string, unknown>>;

type Query = Readonly<Record<string, string | number | undefined>>;

/** The admin API, as the operator at this terminal. */
export type Admin = {
  get(path: string, query?: Query): Promise<Thing>;
  /** Everything of a list, page after page, at most `most` things. */
  list(path: string, query?: Query, most?: number): Promise<Thing[]>;
  post(path: string, body?: unknown): Promise<Thing>;
  /** Reads the thing, makes the change of it, and sends it only if nobody else has changed it in between. */
  change(path: string, changes: (thing: Thing) => unknown): Promise<Thing>;
  /** Replaces the thing by what is made of it, only if nobody else has changed it in between. */
  replace(path: string, made: (thing: Thing) => unknown): Promise<Thing>;
  /** Removes the thing as it was read a moment ago; refused when somebody has changed it since. */
  remove(path: string): Promise<void>;
  /** Removes what has no versions, such as a key. */
  removeAtOnce(path: string): Promise<void>;
};

const pageSize = 100;

export function openAdmin(around: Surroundings, settings: Settings): Admin {
  const request = (method: string, path: string, rest: { query?: Query; json?: unknown; ifMatch?: string } = {}) =>
    ask(around, settings, {
      as: "admin",
      method,
      path,
      query: Object.entries(rest.query ?? {}).map(([name, value]) => [
        name,
        value === undefined ? undefined : String(value),
      ]),
      ...(rest.json === undefined ? {} : { json: rest.json }),
      ...(rest.ifMatch === undefined ? {} : { headers: { "if-match": rest.ifMatch } }),
    });
  const withTag = async (path: string): Promise<{ thing: Thing; tag: string | undefined }> => {
    const { value, headers } = await request("GET", path);
    return { thing: thingOf(value), tag: headers.get("etag") ?? undefined };
  };
  return {
    get: async (path, query) => thingOf((await request("GET", path, query ? { query } : {})).value),
    async list(path, query = {}, most = Number.POSITIVE_INFINITY) {
      const things: Thing[] = [];
      let cursor: string | undefined;
      do {
        const limit = Math.min(pageSize, most - things.length);
        const { value } = await request("GET", path, { query: { ...query, limit, cursor } });
        const page = thingOf(value);
        things.push(...itemsOf(page));
        cursor = typeof page.cursor === "string" ? page.cursor : undefined;
      } while (cursor !== undefined && things.length < most);
      return things;
    },
    post: async (path, body) => thingOf((await request("POST", path, body === undefined ? {} : { json: body })).value),
    async change(path, changes) {
      const { thing, tag } = await withTag(path);
      const json = changes(thing);
      return thingOf((await request("PATCH", path, { json, ...(tag === undefined ? {} : { ifMatch: tag }) })).value);
    },
    async replace(path, made) {
      const { thing, tag } = await withTag(path);
      const json = made(thing);
      return thingOf((await request("PUT", path, { json, ...(tag === undefined ? {} : { ifMatch: tag }) })).value);
    },
    async remove(path) {
      const { tag } = await withTag(path);
      await request("DELETE", path, tag === undefined ? {} : { ifMatch: tag });
    },
    async removeAtOnce(path) {
      await request("DELETE", path);
    },
  };
}

/** The things of a list that has no pages. */
export function itemsOf({ items }: Thing): Thing[] {
  return Array.isArray(items) ? (items as Thing[]) : [];
}

/** A name in a path, encoded. */
export const inPath = encodeURIComponent;

/** Text at a path of members such as `share.guaranteed`; empty where there is none. */
export function textAt(thing: unknown, path: string): string {
  const value = path.split(".").reduce<unknown>((at, name) => memberOf(at, name), thing);
  if (value === undefined || value === null) return "";
  return Array.isArray(value) ? value.join(", ") : typeof value === "object" ? JSON.stringify(value) : String(value);
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function thingOf(value: unknown): Thing {
  if (value === undefined) return {};
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Thing;
  throw new CliError("unreachable", "The gateway's answer is not what its API promises. Is --url a gateway's address?");
}

/** A whole number of an option. */
export function wholeNumber(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new CliError("usage", `${option} takes a whole number, not "${text}".`);
}
