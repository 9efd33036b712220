import * as z from "zod/mini";
import { type Client, findClient } from "../clients/clients.ts";
import { encodePairs } from "../oauth/signing.ts";
import type { HttpRequest, HttpResponse } from "../platform/http.ts";
import { Problem } from "../platform/problem.ts";
import type { StateTable } from "../platform/state-table.ts";
import type { CallDependencies } from "./pipeline.ts";
import { callAs, withStanding } from "./proxy.ts";

/** Half a character cannot be percent-encoded. */
const isText = (value: unknown) => typeof value === "string" && value.isWellFormed();
const valueSchema = z.custom<string | string[]>(
  (value) => isText(value) || (Array.isArray(value) && value.every(isText)),
  "must be a text or a list of texts",
);
const valuesSchema = z.record(z.string().check(z.refine(isText, "must be a text")), valueSchema);

/**
 * A call that comes without HTTP: from an EventBridge rule, or from whoever may invoke the function. IAM decides who
 * that is, so the event names its client and carries no key.
 */
const directCallSchema = z.object({
  source: z.literal("upwork-gateway"),
  "detail-type": z.literal("call"),
  /** The event's own id; EventBridge gives each one. */
  id: z.optional(z.string().check(z.regex(/^[\x21-\x7e]{1,255}$/))),
  detail: z.strictObject({
    /** Id of the client whose budget and connection the call uses. */
    client: z.string().check(z.minLength(1)),
    connection: z.optional(z.string()),
    method: z._default(z.string(), "GET"),
    /** As it stands in a URL, percent-encoded. */
    path: z.string().check(z.refine(isText, "must be a text")),
    query: z.optional(valuesSchema),
    /** Sent as JSON. */
    body: z.optional(z.unknown()),
    /** Sent as a form. */
    form: z.optional(valuesSchema),
    /** Headers that callers over HTTP may send too, such as `Prefer` or `X-Upwork-API-TenantId`. */
    headers: z.optional(z.record(z.string(), z.string())),
  }),
});

type DirectCall = z.infer<typeof directCallSchema>["detail"];

/**
 * Makes the call that an event describes.
 *
 * @param requestId names the call in the logs
 * @throws Problem as for a call over HTTP, and `event-refused` naming what is wrong with the event
 */
export async function directCall(
  dependencies: CallDependencies & { table: StateTable },
  event: unknown,
  requestId: string,
): Promise<HttpResponse> {
  const parsed = directCallSchema.safeParse(event);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
    throw new Problem("event-refused", `The event is not a call: ${wrong}.`);
  }
  const { detail, id } = parsed.data;
  const client: Client | undefined = await findClient(dependencies.table, detail.client);
  if (client === undefined) {
    throw new Problem("event-refused", `There is no client "${detail.client}"; detail.client takes a client's id.`);
  }
  return withStanding(dependencies.ledger, () => callAs(dependencies, client, toRequest(detail, requestId, id)));
}

function toRequest(detail: DirectCall, id: string, eventId: string | undefined): HttpRequest {
  // EventBridge delivers at least once; what an event writes it writes once.
  const headers: Record<string, string> = eventId === undefined ? {} : { "idempotency-key": eventId };
  for (const [name, value] of Object.entries(detail.headers ?? {})) headers[name.toLowerCase()] = value;
  if (detail.connection !== undefined) headers["connection-id"] = detail.connection;
  let body = "";
  if (detail.form !== undefined) {
    headers["content-type"] = "application/x-www-form-urlencoded";
    body = encodeValues(detail.form);
  } else if (detail.body !== undefined) {
    headers["content-type"] = "application/json";
    body = JSON.stringify(detail.body);
  }
  return {
    id,
    method: detail.method.toUpperCase(),
    path: decodePath(detail.path),
    rawQuery: encodeValues(detail.query ?? {}),
    headers,
    cookies: {},
    body: Buffer.from(body),
    sourceIp: "",
  };
}

function encodeValues(values: Record<string, string | string[]>): string {
  return encodePairs(Object.entries(values).flatMap(([name, value]) => [value].flat().map((one) => [name, one])));
}

/** Percent-decoded once, as API Gateway does it. */
function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    throw new Problem("path-refused", "The path is refused: its percent-encoding is broken.", { cause });
  }
}
