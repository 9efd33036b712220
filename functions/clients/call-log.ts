import * as z from "zod/mini";
import { logger } from "../platform/log.ts";
import { putItem, queryPage, type StateTable } from "../platform/state-table.ts";

/** What is kept of a call: who, over which connection, what kind of call, and how it ended. No ids, no values. */
export type LoggedCall = {
  /** When the call came, in ms since 1970. */
  at: number;
  requestId: string;
  /** The client's id. */
  client: string;
  connection: string;
  method: string;
  /** The path's template, such as `/api/hr/v2/jobs/{job_key}`. */
  path: string;
  /** What a GraphQL call asked for, such as `query user, organization`: no values. */
  operation?: string | undefined;
  status: number;
  /** The problem's kind, where the gateway gave the answer itself. */
  problem?: string | undefined;
  /** Time spent waiting for the upstream, all attempts together. */
  upstreamMs: number;
  /** All other time, waiting for budget included. */
  gatewayMs: number;
  /** Units of budget that the call spent. */
  cost: number;
  /** How often the call was sent. */
  attempts: number;
  /** What the cache did. */
  cache: string;
};

export type CallFilter = {
  client?: string | undefined;
  /** From and to, both included. */
  status?: readonly [number, number] | undefined;
  /** In ms since 1970, both included. */
  since: number;
  until: number;
};

export type CallLog = {
  /** Keeps one call. Never throws, and gives up in time: a log must not fail or hold up what it tells of. */
  record(call: LoggedCall): Promise<void>;
  /** Calls, newest first; `cursor` is where to go on, absent at the end. A page may have fewer than `limit`. */
  list(
    filter: CallFilter,
    page: { limit: number; cursor: string | undefined },
  ): Promise<{ calls: LoggedCall[]; cursor: string | undefined }>;
};

const itemSchema = z.object({
  sk: z.string(),
  client: z.string(),
  connection: z.string(),
  method: z.string(),
  path: z.string(),
  operation: z.optional(z.string()),
  status: z.number(),
  problem: z.optional(z.string()),
  upstreamMs: z.number(),
  gatewayMs: z.number(),
  cost: z.number(),
  attempts: z.number(),
  cache: z.string(),
});

const dayMs = 86_400_000;
/** Enough for every day of the longest log, with some to spare for days that take several. */
const maxQueries = 40;
/** A filter is applied to what was read, so more is read than is asked for. */
const filteredRead = 1_000;

const timeOf = (ms: number) => new Date(ms).toISOString();
const dayOf = (place: string) => place.slice(0, 10);
const partitionOf = (day: string) => `CALLS#${day}`;
/** Behind every call of a moment. */
const endOf = (ms: number) => `${timeOf(ms)}#~`;

/**
 * The call log in the State table: a partition for each UTC day, sorted by time, so that the newest calls are one query.
 * A day of all that Upwork allows is 40,000 small items, far below what one partition takes.
 *
 * @param table with a client that gives up early
 * @param days how long calls are kept
 */
export function createCallLog(table: StateTable, days: number): CallLog {
  return {
    async record({ at, requestId, ...call }) {
      const time = timeOf(at);
      const expiresAt = Math.ceil((at + days * dayMs) / 1000);
      try {
        await putItem(table, { pk: partitionOf(dayOf(time)), sk: `${time}#${requestId}`, ...call, expiresAt });
      } catch (error) {
        // The line is the record then: it goes out through the log stream, whatever the store does.
        logger.warn("call not recorded", { call: { time, requestId, ...call }, error: String(error) });
      }
    },
    async list(filter, { limit, cursor }) {
      const { since, until } = filter;
      const first = timeOf(since);
      const condition = conditionOf(filter);
      const calls: LoggedCall[] = [];
      let place = cursor ?? endOf(until);
      for (let queries = 0; queries < maxQueries && place > first; queries += 1) {
        const day = dayOf(place);
        const page = await queryPage(table, {
          partition: partitionOf(day),
          from: first,
          to: place,
          limit: condition === undefined ? limit + 1 : filteredRead,
          ...(condition === undefined ? {} : { filter: condition }),
        });
        for (const item of page.items) {
          const { sk, ...call } = itemSchema.parse(item);
          if (sk === place) continue;
          calls.push({ ...call, at: Date.parse(sk.slice(0, 24)), requestId: sk.slice(25) });
          if (calls.length === limit) return { calls, cursor: sk };
        }
        place = page.cursor ?? endOf(Date.parse(day) - 1);
      }
      return { calls, cursor: place > first ? place : undefined };
    },
  };
}

function conditionOf({ client, status }: CallFilter) {
  const parts: string[] = [];
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  if (client !== undefined) {
    parts.push("#client = :client");
    names["#client"] = "client";
    values[":client"] = client;
  }
  if (status !== undefined) {
    parts.push("#status BETWEEN :lowest AND :highest");
    names["#status"] = "status";
    [values[":lowest"], values[":highest"]] = status;
  }
  return parts.length === 0 ? undefined : { expression: parts.join(" AND "), names, values };
}
