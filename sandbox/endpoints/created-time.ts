import type { Parameters } from "./parameters.ts";

/** Whether a time lies between `created_time_from` and `created_time_to`, both included. */
export function createdInTime(parameters: Parameters) {
  const from = timeOf(parameters.get("created_time_from")) ?? Number.NEGATIVE_INFINITY;
  const to = timeOf(parameters.get("created_time_to")) ?? Number.POSITIVE_INFINITY;
  return (at: number) => at >= from && at <= to;
}

/** `2009-01-20T00:00:01`, in UTC; `undefined` for anything else, which then limits nothing. */
function timeOf(text: string): number | undefined {
  const at = Date.parse(/^\d{4}-\d{2}-\d{2}T[\d:.]+$/.test(text) ? `${text}Z` : text);
  return Number.isNaN(at) ? undefined : at;
}
