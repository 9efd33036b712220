import type { CallLog, LoggedCall } from "./call-log.ts";

/** What one client did in one hour. */
export type Usage = {
  /** When the hour began, ISO 8601. */
  hour: string;
  client: string;
  calls: number;
  /** Units of budget that the calls spent. */
  units: number;
  /** Calls that the gateway itself refused, or could not bring to an end. */
  refused: number;
};

const hourMs = 3_600_000;
const pageSize = 1_000;

/** Adds calls up by client and hour, newest hour first, clients in order. */
export function usageOf(calls: Iterable<LoggedCall>): Usage[] {
  const sums = new Map<string, Usage>();
  for (const { at, client, cost, problem } of calls) {
    const hour = new Date(Math.floor(at / hourMs) * hourMs).toISOString();
    const key = `${hour} ${client}`;
    const sum = sums.get(key) ?? { hour, client, calls: 0, units: 0, refused: 0 };
    sum.calls += 1;
    sum.units += cost;
    if (problem !== undefined) sum.refused += 1;
    sums.set(key, sum);
  }
  return [...sums.values()].toSorted((a, b) => b.hour.localeCompare(a.hour) || a.client.localeCompare(b.client));
}

/** Reads the calls of a span of time and adds them up. */
export async function readUsage(log: Pick<CallLog, "list">, span: { since: number; until: number }): Promise<Usage[]> {
  const calls: LoggedCall[] = [];
  let cursor: string | undefined;
  do {
    const page = await log.list(span, { limit: pageSize, cursor });
    calls.push(...page.calls);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return usageOf(calls);
}
