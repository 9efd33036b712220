import { readExpression } from "./expressions.ts";
import { type Item, readItems } from "./new-items.ts";
import type { Definition, Paging, Watch, WatchCall } from "./watch.ts";

/** Who makes a call, and through which connection. */
export type Caller = Pick<Watch, "client" | "connection">;

/** Makes a watch's call and returns the parsed answer. What it throws ends the run. */
export type CallForWatch = (watch: Caller, call: WatchCall) => Promise<unknown>;

export type Fetched = {
  /** All pages together, in the order of the source. */
  items: readonly Item[];
  withoutId: number;
  pages: number;
  /** The last page that was read held nothing known, so there may be more behind it. */
  mayBeMore: boolean;
};

/**
 * Reads page after page until one holds something known, or nothing more, or `depth` is reached.
 *
 * @param isKnown whether an item was seen before, asked for a page at a time
 */
export async function fetchItems(
  watch: Definition,
  call: CallForWatch,
  isKnown: (items: readonly Item[]) => Promise<boolean>,
): Promise<Fetched> {
  const items = new Map<string, Item>();
  let withoutId = 0;
  let request: WatchCall | undefined = firstPage(watch.call, watch.paging);
  for (let pages = 1; ; pages += 1) {
    const answer = await call(watch, request);
    const reading = readItems(watch, answer);
    // A page that moved on while we read shows some items twice.
    const fresh = reading.items.filter(({ key }) => !items.has(key));
    for (const item of fresh) items.set(item.key, item);
    withoutId += reading.withoutId;
    const found = { items: [...items.values()], withoutId, pages };
    if (reading.items.length === 0 || fresh.length === 0 || (await isKnown(reading.items))) {
      return { ...found, mayBeMore: false };
    }
    request = nextPage(watch.call, watch.paging, pages, answer, reading.items.length);
    if (request === undefined) return { ...found, mayBeMore: false };
    if (pages >= watch.depth) return { ...found, mayBeMore: true };
  }
}

function firstPage(call: WatchCall, paging: Paging | undefined): WatchCall {
  if (paging === undefined || !("parameter" in paging) || !("path" in call)) return call;
  return { ...call, query: { ...call.query, [paging.parameter]: `0;${paging.size}` } };
}

/** The call for the page after `pages`; `undefined` where the answer says, or shows, that there is none. */
function nextPage(
  call: WatchCall,
  paging: Paging | undefined,
  pages: number,
  answer: unknown,
  count: number,
): WatchCall | undefined {
  if (paging === undefined) return undefined;
  if ("parameter" in paging) {
    if (!("path" in call) || count < paging.size) return undefined;
    return { ...call, query: { ...call.query, [paging.parameter]: `${pages * paging.size};${paging.size}` } };
  }
  if (!("graphql" in call)) return undefined;
  const page = (value: unknown) => ({
    ...call,
    variables: withValue(call.variables, paging.variable.split("."), value),
  });
  if ("size" in paging) return count < paging.size ? undefined : page(pages + 1);
  const cursor = readExpression(paging.cursor)(answer);
  return typeof cursor === "string" && cursor !== "" ? page(cursor) : undefined;
}

/** A copy in which the value at a path is another. */
function withValue(into: Record<string, unknown>, path: readonly string[], value: unknown): Record<string, unknown> {
  const [first = "", ...rest] = path;
  if (rest.length === 0) return { ...into, [first]: value };
  const inner = into[first];
  const record = typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>) : {};
  return { ...into, [first]: withValue(record, rest, value) };
}
