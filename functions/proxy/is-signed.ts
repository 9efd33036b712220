import type { HttpRequest } from "../platform/http.ts";

export const formType = /^application\/x-www-form-urlencoded\s*(;|$)/i;

/** Whether a request carries an OAuth 1.0a signature anywhere; looks before it decodes anything. */
export function isSigned({ headers, rawQuery, body }: HttpRequest): boolean {
  if (/^OAuth\s/i.test(headers.authorization ?? "")) return true;
  if (/(^|&)oauth_signature=/.test(rawQuery)) return true;
  return (
    formType.test(headers["content-type"] ?? "") && /(^|&)oauth_signature=/.test(Buffer.from(body).toString("latin1"))
  );
}
