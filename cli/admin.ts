import { CliError } from "./errors.ts";
import { ask, notPromised } from "./gateway.ts";
import type { Settings } from "./settings.ts";
import type { Surroundings } from "./surroundings.ts";
import { hasMember, isThing, type Thing } from "./thing.ts";

type Query = Readonly<Record<string, string | number | undefined>>;

/** Members such as `key.key` without which an answer is not what the command asked for. */
type Needs = readonly string[];

/** The admin API, as the operator at this terminal. An answer that lacks what it needs is an error, never shown. */
export type Admin = {
  get(path: string, needs: Needs, query?: Query): Promise<Thing>;
  /** The things of a list that has no pages. */
  items(path: string, needs: Needs, query?: Query): Promise<Thing[]>;
  /** Everything of a list, page after page, at most `most` things. */
  list(path: string, needs: Needs, query?: Query, most?: number): Promise<Thing[]>;
  post(path: string, needs: Needs, body?: unknown): Promise<Thing>;
  /** Changes the thing as it was read a moment ago; refused when somebody has changed it since. */
  change(path: string, needs: Needs, changes: unknown): Promise<Thing>;
  /** Removes the thing as it was read a moment ago; refused when somebody has changed it since. */
  remove(path: string): Promise<void>;
  /** Removes what has no versions, such as a key. */
  removeAtOnce(path: string): Promise<void>;
};

const pageSize = 100;
/** A list that goes on after so many pages goes round in a circle. */
const maxPages = 10_000;

/** The admin API at the address, and with the admin key, that the settings say. */
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
  const promised = (value: unknown, path: string, needs: Needs): Thing => {
    if (isThing(value) && needs.every((need) => hasMember(value, need))) return value;
    throw notPromised(settings, path);
  };
  const pageOf = async (path: string, needs: Needs, query: Query) => {
    const { items, cursor } = promised((await request("GET", path, { query })).value, path, ["items"]);
    if (!Array.isArray(items) || !["string", "undefined"].includes(typeof cursor)) throw notPromised(settings, path);
    return { things: items.map((item) => promised(item, path, needs)), cursor: cursor as string | undefined };
  };
  const tagOf = async (path: string): Promise<{ ifMatch?: string }> => {
    const { value, headers } = await request("GET", path);
    promised(value, path, []);
    const ifMatch = headers.get("etag");
    return ifMatch === null ? {} : { ifMatch };
  };
  const removed = async (path: string, condition: { ifMatch?: string }) => {
    const { value } = await request("DELETE", path, condition);
    if (value !== undefined) throw notPromised(settings, path);
  };
  return {
    get: async (path, needs, query = {}) => promised((await request("GET", path, { query })).value, path, needs),
    items: async (path, needs, query = {}) => (await pageOf(path, needs, query)).things,
    async list(path, needs, query = {}, most = Number.POSITIVE_INFINITY) {
      const found: Thing[] = [];
      const cursors = new Set<string | undefined>();
      let cursor: string | undefined;
      do {
        cursors.add(cursor);
        const limit = Math.min(pageSize, most - found.length);
        const page = await pageOf(path, needs, { ...query, limit, cursor });
        found.push(...page.things);
        cursor = page.cursor;
        const isCircle = cursor !== undefined && (cursors.has(cursor) || cursors.size === maxPages);
        if (isCircle) throw notPromised(settings, path);
      } while (cursor !== undefined && found.length < most);
      return found;
    },
    post: async (path, needs, json) => promised((await request("POST", path, { json })).value, path, needs),
    async change(path, needs, json) {
      const condition = await tagOf(path);
      return promised((await request("PATCH", path, { json, ...condition })).value, path, needs);
    },
    remove: async (path) => removed(path, await tagOf(path)),
    removeAtOnce: (path) => removed(path, {}),
  };
}

/**
 * A name in a path, encoded.
 *
 * @throws CliError for one that would make another path of it (RFC 3986 section 5.2.4)
 */
export function inPath(name: string, option?: string): string {
  if (name !== "." && name !== ".." && name.isWellFormed()) return encodeURIComponent(name);
  throw new CliError(
    "usage",
    `${option === undefined ? "" : `${option}: `}"${name.toWellFormed()}" is no id and no name.`,
  );
}

/** A whole number of an option. */
export function wholeNumber(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new CliError("usage", `${option} takes a whole number from 0 to 999999999, not "${text}".`);
}
