import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { expressionSchema } from "./expressions.ts";
import { scheduleSchema } from "./schedule.ts";

const name = z.string().check(z.minLength(1), z.maxLength(100));
const values = z.record(z.string(), z.union([z.string(), z.array(z.string())]));

/** A call of the REST API, or a GraphQL query with its variables. It only reads. */
export const callSchema = z.union([
  z.strictObject({
    /** As it stands in a URL, percent-encoded. */
    path: z.string().check(z.regex(/^\/(api|gds)\/[^?#\s]+$/, "a path below /api/ or /gds/, without a query")),
    query: z._default(values, {}),
  }),
  z.strictObject({
    graphql: z.string().check(z.minLength(1), z.maxLength(20_000)),
    variables: z._default(z.record(z.string(), z.unknown()), {}),
    /** The organisation it is made for (`X-Upwork-API-TenantId`). */
    tenant: z.optional(z.string().check(z.regex(/^[\w-]{1,64}$/))),
  }),
]);

/**
 * How further pages are asked for: a REST parameter `offset;count`, or a GraphQL variable that takes the cursor which an
 * expression finds in the page before.
 */
export const pagingSchema = z.union([
  z.strictObject({
    parameter: z.string().check(z.regex(/^[a-z_]{1,40}$/)),
    size: z.int().check(z.gte(1), z.lte(100)),
  }),
  z.strictObject({
    /** Path of the variable, such as `filter.pagination_eq.after`. */
    variable: z.string().check(z.regex(/^\w+(\.\w+){0,9}$/)),
    cursor: expressionSchema,
  }),
]);

/** What is watched and how: everything about a watch that an admin decides. */
export const definitionSchema = z.strictObject({
  name,
  /** Id of the client whose share of the budget the calls use, and whose permissions they need. */
  client: z.string().check(z.minLength(1), z.maxLength(64)),
  connection: z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{0,62}$/)),
  call: callSchema,
  schedule: scheduleSchema,
  /** Finds the list of items in the answer. */
  items: expressionSchema,
  /** Finds in an item what identifies it. */
  itemId: expressionSchema,
  /** Which end of the list is the newest; events go out from the oldest to the newest. */
  listed: z._default(z.enum(["newest-first", "oldest-first"]), "newest-first"),
  /** Only items for which this is true count. */
  filter: z.optional(expressionSchema),
  /** What of an item is sent; all of it by default. */
  projection: z.optional(expressionSchema),
  /** `new`: each item once. `changed`: also again whenever it changes. */
  on: z._default(z.enum(["new", "changed"]), "new"),
  /** What counts as a change: another value of this. By default, of all that is sent. */
  changeOf: z.optional(expressionSchema),
  /** How many of the newest items the first run sends; by default it only learns what is there. */
  firstRunSends: z._default(z.int().check(z.gte(0), z.lte(100)), 0),
  paging: z.optional(pagingSchema),
  /** So many pages are read at most, while pages hold nothing known. */
  depth: z._default(z.int().check(z.gte(1), z.lte(10)), 3),
  /** Ids of the only webhooks that are told; all that want such events by default. */
  targets: z.optional(z.array(z.string().check(z.maxLength(64))).check(z.minLength(1), z.maxLength(20))),
});

export type WatchCall = z.infer<typeof callSchema>;
export type Paging = z.infer<typeof pagingSchema>;
export type Definition = z.infer<typeof definitionSchema>;

export type Watch = Definition & {
  id: string;
  createdAt: number;
  /** Grows with each change that an admin makes. */
  version: number;
};

/** What makes two calls the same one: the connection and all that is sent. */
export function callKey({ connection, call }: Pick<Definition, "connection" | "call">): string {
  return JSON.stringify([connection, call]);
}

/** What stands for an item in keys: 128 bits of a hash of its identifier. */
export function itemKey(identifier: string): string {
  return createHash("sha256").update(identifier).digest("base64url").slice(0, 22);
}
