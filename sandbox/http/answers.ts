import type { Answer } from "./exchange.ts";

/** Bare `application/json`, without a charset: Upwork's Node client parses nothing else. */
export function jsonAnswer(status: number, value: unknown, headers: Record<string, string> = {}): Answer {
  return { status, headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(value) };
}

export function htmlAnswer(status: number, body: string, headers: Record<string, string> = {}): Answer {
  return { status, headers: { ...headers, "content-type": "text/html; charset=utf-8" }, body };
}

/** The reports below `/gds` have errors of a shape of their own. */
export const isReportPath = (path: string) => path === "/gds" || path.startsWith("/gds/");

/**
 * An error as Upwork's API tells it: in `X-Upwork-Error-Code` and `-Message`, and in a body whose shape depends on the
 * tree.
 *
 * @param now milliseconds
 * @param reportReason what the report's own error calls it: `access_denied`, `invalid_query` or `other`
 */
export function errorAnswer(path: string, status: number, message: string, now: number, reportReason?: string): Answer {
  // A header takes no line break, whatever a caller wrote into the path or a parameter that the message repeats.
  const headers = { "x-upwork-error-code": String(status), "x-upwork-error-message": printable(message) };
  if (isReportPath(path)) {
    const reason = reportReason ?? (status === 401 || status === 403 ? "access_denied" : "other");
    return jsonAnswer(status, { version: "0.6", status: "error", errors: [{ reason, message }] }, headers);
  }
  const error = { status, code: status, message };
  return jsonAnswer(status, { server_time: Math.floor(now / 1000), error }, headers);
}

/** Text as a header can carry it: printable ASCII, at most 4,000 characters. */
export function printable(text: string): string {
  const ascii = text.replace(/[^\x20-\x7e]/g, "?");
  return ascii.length > 4_000 ? `${ascii.slice(0, 3_997)}...` : ascii;
}
