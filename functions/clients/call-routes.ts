import * as z from "zod/mini";
import { adminRoute, pageOf, pageQuery } from "../platform/admin-route.ts";
import { invalidCursor, readCursor, writeCursor } from "../platform/cursor.ts";
import { invalidField } from "../platform/invalid-field.ts";
import type { CallLog, LoggedCall } from "./call-log.ts";
import { readUsage } from "./call-usage.ts";
import { clientIdSchema } from "./client-schemas.ts";

const route = adminRoute<{ callLog: Pick<CallLog, "list">; callLogDays: number }>();

const dayMs = 86_400_000;
/** Usage is added up from single calls, so its span is bounded. */
const maxUsageMs = dayMs;

const since = z.optional(z.iso.datetime().register(z.globalRegistry, { description: "Not before this time." }));
const until = z.optional(
  z.iso.datetime().register(z.globalRegistry, { description: "Not after this time; now, unless told otherwise." }),
);
const statusPattern = /^[1-5](\d\d|xx)$/;

const callSchema = z
  .strictObject({
    time: z.iso.datetime(),
    requestId: z.string(),
    client: z.string(),
    connection: z.string(),
    method: z.string(),
    template: z
      .string()
      .register(z.globalRegistry, { description: "The path without anybody's ids.", example: "/api/hr/v2/jobs/{key}" }),
    operation: z.optional(
      z.string().register(z.globalRegistry, {
        description: "What a GraphQL call asked for, without any value.",
        example: "query user, organization",
      }),
    ),
    status: z.int(),
    problem: z.optional(z.string().register(z.globalRegistry, { description: "Where the gateway itself answered." })),
    upstreamMs: z.number().register(z.globalRegistry, { description: "Waiting for Upwork, all attempts together." }),
    gatewayMs: z.number().register(z.globalRegistry, { description: "Everything else, waiting for budget included." }),
    cost: z.int().register(z.globalRegistry, { description: "Units of budget." }),
    attempts: z.int(),
    cache: z.string(),
  })
  .register(z.globalRegistry, { id: "Call" });

const usageSchema = z
  .strictObject({
    hour: z.iso.datetime(),
    client: z.string(),
    calls: z.int(),
    units: z.int(),
    refused: z.int().register(z.globalRegistry, { description: "Calls that the gateway itself answered." }),
  })
  .register(z.globalRegistry, { id: "Usage" });

/** The call log: the audit that Upwork's terms ask for. */
export const callRoutes = [
  route({
    method: "GET",
    path: "/admin/calls",
    tag: "calls",
    summary: "List calls, newest first",
    description: "A page may have fewer calls than asked for and still a cursor: a filter reads on from there.",
    query: z.strictObject({
      ...pageQuery.shape,
      client: z.optional(clientIdSchema),
      status: z.optional(
        z
          .string()
          .check(z.regex(statusPattern, "a status such as 403, or a class such as 5xx"))
          .register(z.globalRegistry, { description: "A status or a class of them.", example: "5xx" }),
      ),
      since,
      until,
    }),
    answers: { 200: { description: "A page of calls", schema: pageOf(callSchema) } },
    handle: async ({ callLog, callLogDays }, { query, now }) => {
      const { calls, cursor } = await callLog.list(
        {
          client: query.client,
          status: query.status === undefined ? undefined : statusRange(query.status),
          // DynamoDB deletes late, so what is over its time may still be there.
          since: Math.max(now - callLogDays * dayMs, query.since === undefined ? 0 : Date.parse(query.since)),
          until: Math.min(now, query.until === undefined ? now : Date.parse(query.until)),
        },
        { limit: query.limit, cursor: query.cursor === undefined ? undefined : readPlace(query.cursor) },
      );
      return {
        status: 200,
        value: { items: calls.map(view), ...(cursor === undefined ? {} : { cursor: writeCursor(cursor) }) },
      };
    },
  }),
  route({
    method: "GET",
    path: "/admin/budget/usage",
    tag: "budget",
    summary: "What each client used, by hour",
    description: "Added up from the call log, for at most 24 hours; the last 24 unless told otherwise.",
    query: z.strictObject({ since, until }),
    answers: {
      200: { description: "Newest hour first", schema: z.strictObject({ items: z.array(usageSchema) }) },
    },
    handle: async ({ callLog }, { query, now }) => {
      const end = query.until === undefined ? now : Date.parse(query.until);
      const begin = query.since === undefined ? end - maxUsageMs : Date.parse(query.since);
      if (end - begin > maxUsageMs || end < begin) {
        throw invalidField("/query/since", "at most 24 hours before until, and not after it");
      }
      return { status: 200, value: { items: await readUsage(callLog, { since: begin, until: end }) } };
    },
  }),
] as const;

/** A cursor of this list names a time and a request; anything else would be compared with nonsense. */
function readPlace(cursor: string): string {
  const place = readCursor(cursor);
  if (
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#[\x21-\x7e]{1,100}$/.test(place) &&
    !Number.isNaN(Date.parse(place.slice(0, 24)))
  )
    return place;
  throw invalidCursor();
}

function statusRange(status: string): [number, number] {
  return [Number(status.replace("xx", "00")), Number(status.replace("xx", "99"))];
}

function view({ at, path, operation, problem, ...call }: LoggedCall): z.infer<typeof callSchema> {
  return {
    time: new Date(at).toISOString(),
    ...call,
    template: path,
    ...(operation === undefined ? {} : { operation }),
    ...(problem === undefined ? {} : { problem }),
  };
}
