import * as z from "zod/mini";
import type { ProblemKind } from "./problem.ts";

/**
 * One route of the admin API as a row of a table. The row is all there is to a route: the admin function finds it,
 * checks the admin key, parses path, query and body with the row's schemas (unknown fields are refused), asks for
 * `If-Match` where the row is conditional, and writes the OpenAPI document from the same schemas.
 *
 * To add routes, a room exports rows and `functions/admin/table.ts` lists them; what their handlers need of the
 * deployment is the type argument, and `functions/admin/handler.ts` provides it:
 *
 * ```ts
 * const route = adminRoute<{ watches: WatchStore }>();
 * export const watchRoutes = [
 *   route({
 *     method: "GET",
 *     path: "/admin/watches/{id}",
 *     tag: "watches",
 *     summary: "One watch",
 *     params: z.strictObject({ id: watchId }),
 *     answers: { 200: { description: "The watch", schema: watchSchema } },
 *     problems: ["not-found"],
 *     handle: async ({ watches }, { params }) => {
 *       const watch = await watches.find(params.id); // throws a Problem where there is none
 *       return { status: 200, value: watch, etag: etagOf(watch.version) };
 *     },
 *   }),
 * ] as const;
 * ```
 *
 * Then `npm run docs:api` writes `docs/api.md` and `docs/openapi.json` anew; a test checks that somebody did.
 *
 * Query values come as text; where the schema wants a number or a boolean, the text of one is taken for it.
 */
export type AdminRoute<Services> = Omit<TypedRoute<Services, Fields, Fields, Schema>, "handle"> & {
  handle(services: Services, input: AdminInput<unknown, unknown, unknown>): Promise<AdminAnswer>;
};

export type Schema = z.ZodMiniType;
export type Fields = z.ZodMiniObject;

export type AdminTag = "gateway" | "clients" | "connections" | "budget" | "calls" | "watches" | "webhooks";

type TypedRoute<Services, Params extends Fields, Query extends Fields, Body extends Schema> = {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With variables in braces, as in API Gateway's own routes. */
  path: `/admin${string}`;
  /** Groups the documentation; a room has its own. */
  tag: AdminTag;
  /** What it does, in a few words. */
  summary: string;
  /** What else whoever calls it should know. */
  description?: string;
  params?: Params;
  query?: Query;
  body?: Body;
  /** Whether a request may come without a body; absent fields then have their defaults. */
  isBodyOptional?: boolean;
  /** Whether a request must say with `If-Match` which version it changes. */
  isConditional?: boolean;
  /** Every answer that is no problem: what it means and what it holds. */
  answers: Readonly<Record<number, { description: string; schema?: Schema; hasEtag?: boolean }>>;
  /** The problems that `handle` throws itself; those of parsing and of the admin's door go without saying. */
  problems?: readonly ProblemKind[];
  handle(services: Services, input: AdminInput<z.infer<Params>, z.infer<Query>, z.infer<Body>>): Promise<AdminAnswer>;
};

/** A request, parsed. */
export type AdminInput<Params, Query, Body> = {
  params: Params;
  query: Query;
  body: Body;
  /**
   * Compares the request's `If-Match` with the tag of what is stored; the write itself must hold only if that is
   * still the version. See {@link etagOf}.
   *
   * @throws Problem `precondition-failed`
   */
  requireMatch(etag: string): void;
  /** In ms since 1970. */
  now: number;
};

export type AdminAnswer = {
  status: number;
  /** Sent as JSON; absent where there is no body. */
  value?: unknown;
  etag?: string;
  /** Where a new thing is, below the gateway's own origin. */
  location?: string;
};

/** Makes rows whose handlers get what the row's own schemas say. */
export function adminRoute<Services>() {
  return <Params extends Fields = Fields, Query extends Fields = Fields, Body extends Schema = Schema>(
    row: TypedRoute<Services, Params, Query, Body>,
  ): AdminRoute<Services> => ({
    ...row,
    // The admin function has parsed all three with this very row's schemas.
    handle: (services, input) =>
      row.handle(services, input as AdminInput<z.infer<Params>, z.infer<Query>, z.infer<Body>>),
  });
}

/** The strong entity tag of a version (RFC 9110 section 8.8.3). */
export function etagOf(version: number | string): string {
  return `"${version}"`;
}

/** The query of a list: at most `limit` things, after the last one of the page before. */
export const pageQuery = z.strictObject({
  limit: z
    ._default(z.int().check(z.gte(1), z.lte(100)), 20)
    .register(z.globalRegistry, { description: "At most this many." }),
  cursor: z.optional(
    z
      .string()
      .check(z.minLength(1), z.maxLength(500))
      .register(z.globalRegistry, { description: "The cursor that the page before ended with." }),
  ),
});

/** One page of a list. */
export function pageOf<Item extends Schema>(item: Item) {
  return z.strictObject({
    items: z.array(item),
    cursor: z.optional(
      z.string().register(z.globalRegistry, { description: "Asks for the next page; absent on the last one." }),
    ),
  });
}
