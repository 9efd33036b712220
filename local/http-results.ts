import { validateHeaderName, validateHeaderValue } from "node:http";
import * as z from "zod/mini";

/** What goes back over HTTP for a function's result. */
export type HttpAnswer = { status: number; headers: [string, string | string[]][]; body: Buffer };

const structured = z.object({
  statusCode: z.coerce.number().check(z.int(), z.gte(200), z.lte(599)),
  headers: z.optional(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
  cookies: z.optional(z.array(z.string())),
  body: z.optional(z.string()),
  isBase64Encoded: z.optional(z.boolean()),
});

/** Lambda's own limit on an answer: 6 MB. */
const maxResultBytes = 6_291_556;

/** The connection is the server's own business. */
const ownHeaders = new Set(["connection", "content-length", "keep-alive", "transfer-encoding"]);

/**
 * Reads a result in payload format 2.0, or `undefined` for one that API Gateway would answer with 500: header values
 * that are no text, characters no header may hold, a status that is none, more than Lambda can answer.
 */
export function readResult(result: unknown): HttpAnswer | undefined {
  if (typeof result !== "object" || result === null || !("statusCode" in result)) {
    // Documented: whatever has no statusCode is the body itself.
    const body = Buffer.from(typeof result === "string" ? result : (JSON.stringify(result) ?? ""));
    return { status: 200, headers: [["content-type", "application/json"]], body };
  }
  const parsed = structured.safeParse(result);
  if (!parsed.success) return undefined;
  const { statusCode, headers = {}, cookies = [], body = "", isBase64Encoded = false } = parsed.data;
  if (Buffer.byteLength(body) > maxResultBytes) return undefined;
  const written = Object.entries(headers)
    .filter(([name]) => !ownHeaders.has(name.toLowerCase()))
    .map(([name, value]): [string, string] => [name, String(value)]);
  if (![...written, ...cookies.map((cookie) => ["set-cookie", cookie] as const)].every(isHeader)) return undefined;
  return {
    status: statusCode,
    headers: [...written, ...(cookies.length === 0 ? [] : [["set-cookie", cookies] as [string, string[]]])],
    body: Buffer.from(body, isBase64Encoded ? "base64" : "utf8"),
  };
}

function isHeader([name, value]: readonly [string, string]): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
