import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { connectionNamePattern } from "../platform/connection-name.ts";
import { described } from "../platform/described.ts";
import { expressionSchema } from "./expressions.ts";
import { scheduleSchema } from "./schedule.ts";

const values = z.record(z.string(), z.union([z.string(), z.array(z.string())]));

/** A path as it stands in a URL, percent-encoded; a schema of its own each time, so that each can be described. */
export const pathSchema = () =>
  z
    .string()
    .check(
      z.regex(/^\/(api|gds)\/[^?#\s]+$/, "a path below /api/ or /gds/, without a query"),
      z.refine(isEncoded, "a path whose percent-encoding is UTF-8; write %25 for a percent sign"),
    );

function isEncoded(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** The id of an organisation; a schema of its own each time, so that each can be described. */
export const tenantSchema = () => z.string().check(z.regex(/^[\w-]{1,64}$/, "an organisation's id"));

/** A call of the REST API, or a GraphQL query with its variables. It only reads. */
export const callSchema = z.union([
  z.strictObject({
    path: pathSchema(),
    query: z._default(values, {}),
  }),
  z.strictObject({
    graphql: z.string().check(z.minLength(1), z.maxLength(20_000)),
    variables: z._default(z.record(z.string(), z.unknown()), {}),
    /** The organisation it is made for (`X-Upwork-API-TenantId`). */
    tenant: z.optional(tenantSchema()),
  }),
]);

const variablePath = z.string().check(z.regex(/^\w+(\.\w+){0,9}$/));
const pageSize = z.int().check(z.gte(1), z.lte(100));

/**
 * How further pages are asked for: a REST parameter `offset;count`, a GraphQL variable that takes the cursor which an
 * expression finds in the page before, or one that counts pages from 1, of which all but the last have `size` items.
 */
export const pagingSchema = z.union([
  z.strictObject({
    parameter: z.string().check(z.regex(/^[a-z_]{1,40}$/)),
    size: pageSize,
  }),
  z.strictObject({
    /** Path of the variable, such as `filter.pagination_eq.after`. */
    variable: variablePath,
    cursor: expressionSchema(),
  }),
  z.strictObject({
    variable: variablePath,
    size: pageSize,
  }),
]);

/** Everything that an admin decides about a watch, before defaults. */
export const watchFields = {
  name: z.string().check(z.minLength(1), z.maxLength(100)),
  client: described(
    z.string().check(z.minLength(1), z.maxLength(64)),
    "Id of the client whose share of the budget the calls use, and whose permissions they need.",
  ),
  connection: described(
    z.string().check(z.regex(connectionNamePattern)),
    "The connection; the client's own by default.",
  ),
  call: callSchema,
  schedule: scheduleSchema,
  items: described(expressionSchema(), "JMESPath: finds the list of items in the answer."),
  itemId: described(expressionSchema(), "JMESPath: finds in an item what identifies it."),
  listed: described(
    z.enum(["newest-first", "oldest-first"]),
    "Which end of the list is the newest. Events go out from the oldest to the newest.",
  ),
  filter: described(expressionSchema(), "JMESPath: only items for which it is true count."),
  projection: described(expressionSchema(), "JMESPath: what of an item is sent; all by default."),
  on: described(z.enum(["new", "changed"]), "new: each item once. changed: also again whenever it changes."),
  changeOf: described(
    expressionSchema(),
    "JMESPath: another value of this is a change. By default of all that is sent.",
  ),
  firstRunSends: described(
    z.int().check(z.gte(0), z.lte(100)),
    "How many of the newest items the first run sends; by default it only learns what is there.",
  ),
  paging: pagingSchema,
  depth: described(
    z.int().check(z.gte(1), z.lte(10)),
    "So many pages are read at most, while pages hold nothing known.",
  ),
  targets: described(
    z.array(z.string().check(z.maxLength(64))).check(z.minLength(1), z.maxLength(20)),
    "Ids of the only webhooks that are told; by default all that want such events.",
  ),
};

/** What is watched and how, complete. */
export const definitionSchema = z.strictObject({
  ...watchFields,
  listed: z._default(watchFields.listed, "newest-first"),
  filter: z.optional(watchFields.filter),
  projection: z.optional(watchFields.projection),
  on: z._default(watchFields.on, "new"),
  changeOf: z.optional(watchFields.changeOf),
  firstRunSends: z._default(watchFields.firstRunSends, 0),
  paging: z.optional(watchFields.paging),
  depth: z._default(watchFields.depth, 3),
  targets: z.optional(watchFields.targets),
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
