import type { Switches } from "../switches.ts";
import { BadParameterError } from "./filters.ts";

/** Searches end here, whatever their total (Upwork FAQ). */
const lastResult = 5_000;

export type Paging = { offset: number; count: number; total: number };

/**
 * The page that `paging=offset;count` asks for, 20 from the start by default and at most 100, and the true total.
 *
 * @throws BadParameterError for a paging that is none, and past the last result where the switch says so
 */
export function takePage<Row>(rows: readonly Row[], text: string, switches: Switches): { page: Row[]; paging: Paging } {
  const found = /^(\d{1,7})(?:;(\d{1,3}))?$/.exec(text === "" ? "0;20" : text);
  const [offset, count] = [Number(found?.[1]), Number(found?.[2] ?? 20)];
  if (found === null || count > 100) throw new BadParameterError("Invalid paging: offset;count, at most 100 at once");
  if (offset >= lastResult && switches.pastLastResult === "refused") {
    throw new BadParameterError(`Only the first ${lastResult} results can be had`);
  }
  return {
    page: rows.slice(offset, Math.min(offset + count, lastResult)),
    paging: { offset, count, total: rows.length },
  };
}
