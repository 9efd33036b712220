/**
 * The gateway's own errors as RFC 9457 problem details. Every `type` is listed here, so that the documentation
 * and the code cannot drift apart.
 */
const base = "https://github.com/upwork-gateway/upwork-gateway/blob/main/docs/errors.md#";

export const problemKinds = {
  "key-missing": { status: 401, title: "No client key" },
  "key-refused": { status: 401, title: "Client key refused" },
  "client-not-allowed": { status: 403, title: "Not allowed for this client" },
  "signature-refused": { status: 401, title: "OAuth 1.0a signature refused" },
  "timestamp-refused": { status: 401, title: "OAuth 1.0a timestamp refused" },
  "nonce-used": { status: 401, title: "OAuth 1.0a nonce used before" },
  "token-step-refused": { status: 403, title: "No token step here" },
  "key-ambiguous": { status: 400, title: "Two different client keys" },
  "path-refused": { status: 400, title: "Path refused" },
  "parameters-refused": { status: 400, title: "Parameters refused" },
  "body-refused": { status: 400, title: "A body where none can be" },
  "json-malformed": { status: 400, title: "Malformed JSON" },
  "path-unknown": { status: 404, title: "Not a path of Upwork" },
  "paging-refused": { status: 400, title: "Paging beyond what Upwork gives" },
  "body-too-large": { status: 413, title: "Body too large" },
  "method-refused": { status: 405, title: "Method not allowed" },
  "connection-unknown": { status: 404, title: "Unknown connection" },
  "connection-not-connected": { status: 409, title: "Not connected yet" },
  "connection-needs-reauth": { status: 409, title: "A new consent is needed" },
  "connection-unfit": { status: 409, title: "The connection is of another kind" },
  "connection-renewing": { status: 503, title: "New tokens are on their way" },
  "application-refused": { status: 502, title: "Upwork refuses the application" },
  "not-cached": { status: 504, title: "Not cached" },
  "idempotency-key-reused": { status: 422, title: "Idempotency-Key used for another call" },
  "idempotency-in-flight": { status: 409, title: "The same call is under way" },
  "idempotency-outcome-unknown": { status: 409, title: "The call's outcome is unknown" },
  "graphql-refused": { status: 400, title: "GraphQL request refused" },
  "not-found": { status: 404, title: "Not found" },
  "admin-key-refused": { status: 401, title: "Admin key missing or refused" },
  "too-many-attempts": { status: 429, title: "Too many wrong keys" },
  "other-site-refused": { status: 403, title: "Request of another site refused" },
  "link-used": { status: 410, title: "This link works no longer" },
  "request-malformed": { status: 400, title: "Malformed request" },
  "request-invalid": { status: 422, title: "Invalid request" },
  "media-type-refused": { status: 415, title: "Unsupported media type" },
  "precondition-required": { status: 428, title: "If-Match required" },
  "precondition-failed": { status: 412, title: "Changed by somebody else" },
  conflict: { status: 409, title: "Conflict" },
  "hook-refused": { status: 401, title: "Message of a hook refused" },
  "watch-call-failed": { status: 422, title: "The watch's call fails" },
  "event-refused": { status: 400, title: "Event refused" },
  "quota-exceeded": { status: 429, title: "Budget exhausted" },
  "upstream-cooldown": { status: 503, title: "Upwork asked for a pause" },
  "key-disabled": { status: 503, title: "Upwork disabled the application's key" },
  "budget-store-unavailable": { status: 503, title: "Budget store unavailable" },
  "application-not-configured": { status: 503, title: "No application key configured" },
  "upstream-unreachable": { status: 502, title: "Upwork is unreachable" },
  "upstream-answer-refused": { status: 502, title: "Upwork's answer is unusable" },
  "upstream-timeout": { status: 504, title: "Upwork took too long" },
  internal: { status: 500, title: "Internal error" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemKind = keyof typeof problemKinds;

/** A stable URI for a kind of problem. Budget refusals use the IETF draft's own type. */
export function problemType(kind: ProblemKind): string {
  return kind === "quota-exceeded"
    ? "https://iana.org/assignments/http-problem-types#quota-exceeded"
    : `${base}${kind}`;
}

type ProblemOptions = {
  /** Further members of the problem document, such as `violated-policies`. */
  members?: Record<string, unknown>;
  headers?: Record<string, string>;
  retryAfterMs?: number;
  cause?: unknown;
};

/** An answer the gateway gives itself: what happened, which thing, what to do. */
export class Problem extends Error {
  override name = "Problem";
  readonly kind: ProblemKind;
  readonly status: number;
  readonly members: Record<string, unknown>;
  readonly headers: Record<string, string>;

  constructor(kind: ProblemKind, detail: string, options: ProblemOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.status = problemKinds[kind].status;
    this.members = options.members ?? {};
    this.headers = { ...options.headers };
    if (options.retryAfterMs !== undefined)
      this.headers["retry-after"] = String(retryAfterSeconds(options.retryAfterMs));
  }

  /** The same problem with further headers: it may answer several callers, and headers say what is one caller's. */
  withHeaders(headers: Record<string, string>): Problem {
    const { kind, message, members, cause } = this;
    return new Problem(kind, message, { members, headers: { ...this.headers, ...headers }, cause });
  }

  /** The document itself, without the request id, which the outermost layer adds. */
  toJSON(): Record<string, unknown> {
    const { title, status } = problemKinds[this.kind];
    return { type: problemType(this.kind), title, status, detail: this.message, ...this.members };
  }
}

/** Whole seconds for `Retry-After`, rounded up so that nobody comes back too early. */
export function retryAfterSeconds(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1000));
}
