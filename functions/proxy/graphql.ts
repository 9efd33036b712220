import { rateLimitHeaders } from "../budget/ratelimit-headers.ts";
import { requireGraphqlAccess } from "../clients/access.ts";
import type { Authenticate } from "../clients/authenticate.ts";
import type { Client } from "../clients/clients.ts";
import type { Connection } from "../oauth/connections.ts";
import type { HttpRequest, HttpResponse } from "../platform/http.ts";
import { logger } from "../platform/log.ts";
import { Problem, type ProblemKind } from "../platform/problem.ts";
import { adviceText } from "./advice.ts";
import { answerRead, answerWrite, respond } from "./answered.ts";
import { readCacheControl } from "./cache-control.ts";
import { cacheKey } from "./cache-key.ts";
import type { Caching } from "./caching.ts";
import { connectionOf, forwardedHeader, type UpstreamCall } from "./call.ts";
import { callTimeMs, type ForwardDependencies, forwardCall } from "./forwarding.ts";
import { type GraphqlVerdict, judgeGraphqlAnswer } from "./graphql-advice.ts";
import { askedBy, cacheRuleOf, isWhole } from "./graphql-cache.ts";
import { type GraphqlDocument, readGraphqlDocument } from "./graphql-document.ts";
import { preferredWaitSeconds, readRetries, withStanding } from "./proxy.ts";
import { type RecordCall, recorded, type Trace } from "./record.ts";
import type { Repeats } from "./repeats.ts";

/** `upstream` is the GraphQL upstream here. */
export type GraphqlDependencies = ForwardDependencies & {
  authenticate: Authenticate;
  findConnection: (name: string) => Promise<Connection | undefined>;
  /** Without it nothing is answered from a cache. */
  caching?: Caching;
  /** Without it `Idempotency-Key` means nothing. */
  repeats?: Repeats;
  recordCall?: RecordCall;
};

const tenantHeader = "x-upwork-api-tenantid";

/**
 * One GraphQL request through the gateway: who calls, query or mutation, for which organisation, within the budget, with
 * the connection's token; the answer unchanged, and beside it what its errors mean.
 *
 * @throws Problem for every answer the gateway makes itself
 */
export async function graphqlCall(dependencies: GraphqlDependencies, request: HttpRequest): Promise<HttpResponse> {
  return withStanding(dependencies.ledger, async () => {
    const client = await dependencies.authenticate(request.headers, request.sourceIp);
    const document = readGraphqlDocument(request);
    const connection = connectionOf(request, client);
    const operation = `${document.kind} ${document.fields.join(", ")}`.slice(0, 200);
    const known = { requestId: request.id, client: client.id, connection, method: "POST", path: "/graphql", operation };
    return recorded(dependencies, known, async (trace, startedAt) => {
      requireGraphqlAccess(client, { connection, isMutation: document.kind === "mutation" });
      return answer(dependencies, { client, document, connection, request, deadline: startedAt + callTimeMs }, trace);
    });
  });
}

type Call = {
  client: Client;
  document: GraphqlDocument;
  connection: string;
  request: HttpRequest;
  deadline: number;
};

async function answer(
  dependencies: GraphqlDependencies,
  { client, document, connection, request, deadline }: Call,
  trace: Trace,
): Promise<{ response: HttpResponse; problem?: ProblemKind }> {
  const { connections, findConnection, ledger, now, caching, repeats } = dependencies;
  const [credentials, known] = await Promise.all([connections.credentials(connection), findConnection(connection)]);
  if (credentials.auth !== "oauth2") {
    throw new Problem(
      "connection-unfit",
      `Connection "${connection}" is an OAuth 1.0a connection, and Upwork's GraphQL API takes OAuth 2.0. Name another in Connection-Id, or open /oauth/start?connection=NAME&auth=oauth2 in a browser.`,
    );
  }
  const tenant = forwardedHeader(request, tenantHeader)?.trim() || known?.tenant;
  const call: UpstreamCall = {
    method: "POST",
    path: "/graphql",
    query: [],
    body: { bytes: document.body, contentType: "application/json" },
    headers: { accept: "application/json", ...(tenant === undefined ? {} : { [tenantHeader]: tenant }) },
    connection,
  };
  const waitSeconds = preferredWaitSeconds(request.headers.prefer);
  const waitMs = waitSeconds * 1000;
  // A query may be asked twice; what a mutation did before its answer was lost, nobody knows.
  const isSafe = document.kind === "query";
  const retries = readRetries(request.headers["gateway-retries"]);
  const forward = () =>
    forwardCall(dependencies, { client, call, credentials, waitMs, isSafe, retries, deadline, trace });
  const wishes = readCacheControl(request.headers["cache-control"]);
  const making = { client: client.id, wishes, waitMs, deadline, forward };
  const answered =
    document.kind === "mutation"
      ? await answerWrite(repeats, { ...making, call, idempotencyKey: request.headers["idempotency-key"] })
      : await answerRead(
          caching,
          {
            ...making,
            rule: cacheRuleOf(document),
            keyOf: () => cacheKey(call, credentials, askedBy(document)),
            isWhole,
          },
          trace,
        );
  const { answer } = answered;
  const needsReauth = answer.status === 401 && (await findConnection(connection))?.status === "needs_reauth";
  const verdict = judgeGraphqlAnswer(answer, { connection, needsReauth, tenant, tenants: known?.tenants ?? [] });
  const limits = trace.limits ?? (await ledger.standing().catch(() => []));
  const response = respond(answered, request.headers["if-none-match"], now(), {
    ...rateLimitHeaders(limits),
    "gateway-cost": String(trace.cost),
    "gateway-attempts": String(trace.attempts),
    ...(waitSeconds > 0 ? { "preference-applied": `wait=${waitSeconds}` } : {}),
    ...adviceHeader(verdict),
  });
  if (verdict.kind !== "not-graphql") return { response };
  logger.warn("upstream trouble", { status: response.status, why: "not GraphQL" });
  return { response, problem: "upstream-answer-refused" };
}

function adviceHeader(verdict: GraphqlVerdict): Record<string, string> {
  return verdict.kind === "ok" || verdict.advice === undefined
    ? {}
    : { "gateway-advice": adviceText("graphql", verdict.advice) };
}
