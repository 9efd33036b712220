import * as z from "zod/mini";
import { changeItem, type StateTable } from "../platform/state-table.ts";

/**
 * Takes the next stretch of an endpoint's time for one process: its sends begin there, and no other's do. So an
 * endpoint's rate holds however many processes send to it.
 *
 * @returns when the stretch begins, in ms since 1970; `undefined`, and nothing is taken, where that is after `until`
 */
export type TakeTurns = (
  endpointId: string,
  asked: {
    spanMs: number;
    now: number;
    until: number;
    /** Whether somebody has the time from `now` on, as far as is known. Where that is right, one write is enough. */
    isTaken?: boolean;
  },
) => Promise<number | undefined>;

const itemSchema = z.object({ takenUntil: z.number() });
const keptSeconds = 24 * 3_600;
/** Nobody waits so long for turns, so nobody takes them so far ahead, but with a clock that is wrong. */
const farthestMs = 10 * 60_000;

/** Time that is shared through the table: one small write for a stretch, whoever asks. */
export function createSharedTurns(table: StateTable): TakeTurns {
  return async (endpointId, { spanMs, now, until, isTaken = false }) => {
    const key = { pk: `TURNS#${endpointId}`, sk: "-" };
    const kept = { ":end": Math.ceil(now / 1000) + keptSeconds };
    const afterOthers = () =>
      changeItem(table, key, "SET takenUntil = takenUntil + :span, expiresAt = :end", {
        expression: "takenUntil > :now AND takenUntil <= :until",
        values: { ...kept, ":span": spanMs, ":now": now, ":until": until },
      });
    const atOnce = () =>
      changeItem(table, key, "SET takenUntil = :next, expiresAt = :end", {
        expression: "attribute_not_exists(pk) OR takenUntil <= :now OR takenUntil > :farthest",
        values: { ...kept, ":next": now + spanMs, ":now": now, ":farthest": now + farthestMs },
      });
    // Somebody may take it between two of these: what was free is taken then, and never the other way round.
    const taken = (isTaken ? await afterOthers() : undefined) ?? (await atOnce()) ?? (await afterOthers());
    return taken === undefined ? undefined : itemSchema.parse(taken).takenUntil - spanMs;
  };
}

/** Time that is shared with nobody: the rate holds in each process. */
export const ownTurns: TakeTurns = async (_endpointId, { now }) => now;
