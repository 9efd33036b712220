import type { Parameters } from "./parameters.ts";

/** An error of Upwork's kind. */
export type Failure = { error: { status: number; message: string; reason?: string } };

/** What an endpoint answers: the payload of the envelope, the table of a report, or an error. */
export type Result = { payload: Record<string, unknown> } | { table: Record<string, unknown> } | Failure;

/** Success: `payload` stands in the envelope beside `server_time` and `auth_user`. */
export const answered = (payload: Record<string, unknown>): Result => ({ payload });
/** An error of Upwork's kind, with its message in header and body. */
export const failed = (status: number, message: string): Failure => ({ error: { status, message } });
export const notFound = failed(404, "Not found");
/** What a user gets who has no role for it; Upwork keeps this apart from what the key may do. */
export const forbidden = failed(403, "Forbidden");

/** An error that names the first required parameter which is missing, or `undefined` where all are there. */
export function missingParameter(parameters: Parameters, names: readonly string[]): Failure | undefined {
  const missing = names.find((name) => parameters.get(name).trim() === "");
  return missing === undefined ? undefined : failed(400, `Missing required parameter: ${missing}`);
}
