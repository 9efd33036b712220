import { createHash } from "node:crypto";
import { isTruthy, readExpression } from "./expressions.ts";
import { type Definition, itemKey } from "./watch.ts";

/** One item of an answer, as far as a watch cares. */
export type Item = {
  /** What identifies it at Upwork. */
  id: string;
  /** What stands for it in keys. */
  key: string;
  /** Another value means that it changed; empty where only new items count. */
  version: string;
  /** What is sent of it. */
  content: unknown;
  /** Whether the filter lets it through. */
  isWanted: boolean;
};

export type Reading = {
  /** In the order of the answer, each identifier once. */
  items: readonly Item[];
  /** How many had nothing that identifies them, and so cannot be told apart. */
  withoutId: number;
};

/** The answer holds no list where the watch's expression says there is one. */
export class NoItemsError extends Error {
  override name = "NoItemsError";
}

type Reader = Pick<Definition, "items" | "itemId" | "filter" | "projection" | "on" | "changeOf">;

/**
 * Finds the items of one answer.
 *
 * @throws NoItemsError where there is no list; an empty one is `[]`, `""` (as Upwork's XML-born answers have it) or null
 *   below something that is there
 */
export function readItems(definition: Reader, answer: unknown): Reading {
  const { on } = definition;
  const found = readExpression(definition.items)(answer);
  if (found !== "" && !Array.isArray(found) && (typeof found !== "object" || found === null)) {
    throw new NoItemsError(`"${definition.items}" finds no list in the answer. Change the expression, or the call.`);
  }
  // Upwork writes a list of one as the thing itself where the answer was XML once.
  const list = found === "" ? [] : [found].flat();
  const [idOf, filter, projection] = [definition.itemId, definition.filter, definition.projection].map((text) =>
    text === undefined ? undefined : readExpression(text),
  );
  const changeOf = definition.changeOf === undefined ? undefined : readExpression(definition.changeOf);
  const items = new Map<string, Item>();
  let withoutId = 0;
  for (const one of list) {
    const id = identifierOf(idOf?.(one));
    if (id === undefined) {
      withoutId += 1;
      continue;
    }
    const content = projection === undefined ? one : projection(one);
    const item: Item = {
      id,
      key: itemKey(id),
      version: on === "changed" ? digest(changeOf === undefined ? content : changeOf(one)) : "",
      content,
      isWanted: filter === undefined || isTruthy(filter(one)),
    };
    if (!items.has(item.key)) items.set(item.key, item);
  }
  return { items: [...items.values()], withoutId };
}

/** What is remembered of an item: the version last told, and how many times it was told of. */
export type Mark = { version: string; revision: number };

export type Finding =
  | { item: Item; kind: "new"; revision: 0 }
  /** `before` is the mark it moves on. */
  | { item: Item; kind: "changed"; revision: number; before: Mark };

/**
 * What is new: wanted items without a mark, and, where changes count, those whose version is another than the mark's.
 * From the oldest to the newest.
 *
 * @param items in the order of the source, all pages together
 */
export function findNew(
  { on, listed }: Pick<Definition, "on" | "listed">,
  items: readonly Item[],
  marks: ReadonlyMap<string, Mark>,
): Finding[] {
  const findings = items.flatMap((item): Finding[] => {
    const mark = marks.get(item.key);
    if (!item.isWanted) return [];
    if (mark === undefined) return [{ item, kind: "new", revision: 0 }];
    const isChanged = on === "changed" && mark.version !== item.version;
    return isChanged ? [{ item, kind: "changed", revision: mark.revision + 1, before: mark }] : [];
  });
  return listed === "newest-first" ? findings.reverse() : findings;
}

function identifierOf(value: unknown): string | undefined {
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (typeof value === "string") return value === "" ? undefined : value;
  // A key of several parts, such as `[job, person]`.
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const parts = value.map(identifierOf);
  return parts.includes(undefined) ? undefined : JSON.stringify(parts);
}

/** 96 bits, the same for the same value whatever the order of its fields is. */
function digest(value: unknown): string {
  return createHash("sha256").update(canonical(value)).digest("base64url").slice(0, 16);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(",")}}`;
}
