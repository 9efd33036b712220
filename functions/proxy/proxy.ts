import type { Ledger } from "../budget/ledger.ts";
import { rateLimitHeaders } from "../budget/ratelimit-headers.ts";
import type { Authenticate } from "../clients/authenticate.ts";
import type { Client } from "../clients/clients.ts";
import type { HttpRequest, HttpResponse } from "../platform/http.ts";
import { Problem } from "../platform/problem.ts";
import { readCacheControl } from "./cache-control.ts";
import { readCall, refuseTokenSteps } from "./call.ts";
import { isSigned } from "./is-signed.ts";
import type { Oauth1Door } from "./oauth1-door.ts";
import { type CallDependencies, performCall } from "./pipeline.ts";

export type ProxyDependencies = CallDependencies & { authenticate: Authenticate; oauth1: Oauth1Door };

/**
 * One HTTP request through the gateway: who calls, what, and the answer. Everything that can be refused is refused
 * before a unit is reserved.
 *
 * @throws Problem for every answer the gateway makes itself
 */
export async function proxyCall(dependencies: ProxyDependencies, request: HttpRequest): Promise<HttpResponse> {
  const { authenticate, oauth1, ledger } = dependencies;
  if (isSigned(request)) {
    return withUpworkErrors(() =>
      withStanding(ledger, async () => {
        refuseTokenSteps(request.path);
        const { client, request: plain } = await oauth1(request);
        return callAs(dependencies, client, plain);
      }),
    );
  }
  return withStanding(ledger, async () =>
    callAs(dependencies, await authenticate(request.headers, request.sourceIp), request),
  );
}

/** Upwork's own clients show these two headers to their users, and not the body, when a call fails. */
async function withUpworkErrors(respond: () => Promise<HttpResponse>): Promise<HttpResponse> {
  try {
    return await respond();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw error.withHeaders({
      "x-upwork-error-code": String(error.status),
      "x-upwork-error-message": error.message.replace(/[^\x20-\x7e]/g, "?").slice(0, 500),
    });
  }
}

/** A request as a call of a client that is known: what HTTP and direct events have in common. */
export async function callAs(
  dependencies: CallDependencies,
  client: Client,
  request: HttpRequest,
): Promise<HttpResponse> {
  const call = readCall(request, client);
  const waitSeconds = preferredWaitSeconds(request.headers.prefer);
  const response = await performCall(dependencies, {
    client,
    call,
    waitMs: waitSeconds * 1000,
    requestId: request.id,
    wishes: readCacheControl(request.headers["cache-control"]),
    ifNoneMatch: request.headers["if-none-match"],
    idempotencyKey: request.headers["idempotency-key"],
    retries: readRetries(request.headers["gateway-retries"]),
  });
  if (waitSeconds === 0) return response;
  return { ...response, headers: { ...response.headers, "preference-applied": `wait=${waitSeconds}` } };
}

/** A refusal tells what is left of the budget too, as far as the store can be asked. */
export async function withStanding(ledger: Ledger, respond: () => Promise<HttpResponse>): Promise<HttpResponse> {
  try {
    return await respond();
  } catch (error) {
    const isSilent = !(error instanceof Problem) || error.kind === "budget-store-unavailable";
    if (!isSilent && error.headers.ratelimit === undefined) {
      Object.assign(error.headers, rateLimitHeaders(await ledger.standing().catch(() => [])));
    }
    throw error;
  }
}

/** Waiting must leave the upstream some of API Gateway's 30 s. */
const maxWaitSeconds = 20;

/** The seconds of `Prefer: wait=N` (RFC 7240 section 4.3), at most 20; 0 where none is asked for. */
export function preferredWaitSeconds(prefer: string | undefined): number {
  const wait = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,6})"?\s*(?:$|[,;])/i.exec(prefer ?? "")?.[1];
  return Math.min(maxWaitSeconds, Number(wait ?? 0));
}

const maxRetries = 3;

/**
 * The number of `Gateway-Retries: N`; `undefined` where the caller leaves it to the gateway.
 *
 * @throws Problem `parameters-refused` for anything but 0 to 3
 */
export function readRetries(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d$/.test(header.trim()) && Number(header) <= maxRetries) return Number(header);
  throw new Problem("parameters-refused", `Gateway-Retries takes a number from 0 to ${maxRetries}.`);
}
