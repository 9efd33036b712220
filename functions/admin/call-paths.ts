import * as z from "zod/mini";
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject, ZodOpenApiResponsesObject } from "zod-openapi";
import { described } from "../platform/described.ts";
import type { ProblemKind } from "../platform/problem.ts";
import { clientKey, keyProblems } from "./client-key.ts";

/** What any call may be answered before, or instead of, Upwork. */
const callProblems = [
  ...keyProblems,
  "client-not-allowed",
  "body-too-large",
  "parameters-refused",
  "connection-unknown",
  "connection-not-connected",
  "connection-needs-reauth",
  "connection-renewing",
  "application-refused",
  "quota-exceeded",
  "upstream-cooldown",
  "key-disabled",
  "budget-store-unavailable",
  "application-not-configured",
  "upstream-unreachable",
  "upstream-answer-refused",
  "upstream-timeout",
] as const satisfies readonly ProblemKind[];

/** What only a path and its parameters can be refused for, and what only a signed request can. */
const restProblems = [
  ...callProblems,
  "path-refused",
  "path-unknown",
  "paging-refused",
  "body-refused",
  "json-malformed",
  "method-refused",
  "signature-refused",
  "timestamp-refused",
  "nonce-used",
  "token-step-refused",
] as const satisfies readonly ProblemKind[];

/** What a call that reads may be answered besides, and one that may change something. */
const readProblems = ["not-cached"] as const satisfies readonly ProblemKind[];
const writeProblems = [
  "idempotency-key-reused",
  "idempotency-in-flight",
  "idempotency-outcome-unknown",
] as const satisfies readonly ProblemKind[];

const text = (description: string) => z.optional(described(z.string(), description));

const callHeaders = z.object({
  "Connection-Id": text("Another connection than the client's own."),
  Prefer: text("`wait=10` waits up to 10 s (at most 20) for budget."),
  "X-Upwork-API-TenantId": text("The organisation, passed on to Upwork."),
});
const retryHeaders = {
  "Gateway-Retries": text("0 to 3: how often the call is sent again after a failure that may pass."),
};
const readHeaders = {
  "Cache-Control": text("`no-cache`, `no-store`, `max-age=N`, `only-if-cached` or `stale-if-error=N`."),
  "If-None-Match": text("The `ETag` of an earlier answer: 304 where it is still the answer."),
};
const writeHeaders = { "Idempotency-Key": text("Makes the call safe to repeat: one effect within 24 h.") };

const answerHeaders = z.object({
  "Gateway-Request-Id": text("Names the call in the logs."),
  "Gateway-Cost": text("Units of budget that the call spent."),
  "Gateway-Attempts": text("How often it was sent."),
  "Gateway-Advice": text("What a failure of Upwork's means, and what to do."),
  RateLimit: text("What is left of the limit that binds, and when units come back."),
  "RateLimit-Policy": text("Every limit."),
  "Cache-Status": text("What the cache did (RFC 9211)."),
  Age: text("Seconds since Upwork gave a cached answer."),
  ETag: text("Of an answer that is cached."),
  "Preference-Applied": text("How long the call was willing to wait."),
  "Idempotent-Replayed": text("`true`: the answer to the first call with this `Idempotency-Key`."),
});

const graphqlRequest = z
  .strictObject({
    query: z.string(),
    variables: z.optional(z.nullable(z.record(z.string(), z.unknown()))),
    operationName: z.optional(z.nullable(z.string())),
  })
  .register(z.globalRegistry, { id: "GraphqlRequest" });

/** Calls to Upwork: its REST API and its GraphQL API. */
export function callPaths(
  problems: (kinds: readonly ProblemKind[]) => ZodOpenApiResponsesObject,
): ZodOpenApiPathsObject {
  const call = (tree: string, method: "get" | "post" | "put" | "delete"): ZodOpenApiOperationObject => ({
    operationId: `${method}${tree}`,
    tags: ["calls to Upwork"],
    summary: `A call to Upwork, anything below /${tree.toLowerCase()}/`,
    description:
      "`path` is all the rest of the path, slashes included. It is the path at https://www.upwork.com, with the same parameters.",
    security: clientKey,
    requestParams: {
      path: z.object({ path: z.string().check(z.minLength(1)) }),
      header: z.extend(callHeaders, { ...retryHeaders, ...(method === "get" ? readHeaders : writeHeaders) }),
    },
    ...(method === "get"
      ? {}
      : {
          requestBody: {
            required: false,
            content: {
              "application/x-www-form-urlencoded": { schema: z.record(z.string(), z.string()) },
              "application/json": { schema: z.unknown() },
            },
          },
        }),
    responses: {
      ...problems([...restProblems, ...(method === "get" ? readProblems : writeProblems)]),
      default: { description: "Upwork's own answer, byte for byte", headers: answerHeaders },
    },
  });
  return {
    "/api/{path}": {
      get: call("Api", "get"),
      post: call("Api", "post"),
      put: call("Api", "put"),
      delete: call("Api", "delete"),
    },
    "/gds/{path}": { get: call("Gds", "get") },
    "/graphql": {
      post: {
        operationId: "postGraphql",
        tags: ["calls to Upwork"],
        summary: "A GraphQL call to Upwork",
        description:
          "Goes to https://api.upwork.com/graphql with the token of an OAuth 2.0 connection, for the organisation named in `X-Upwork-API-TenantId` or else the connection's own. A document with several operations needs `operationName`. Nothing but these three members goes on.",
        security: clientKey,
        requestParams: { header: z.extend(callHeaders, { ...readHeaders, ...writeHeaders }) },
        requestBody: { required: true, content: { "application/json": { schema: graphqlRequest } } },
        responses: {
          ...problems([...callProblems, "graphql-refused", "connection-unfit", ...readProblems, ...writeProblems]),
          default: {
            description:
              "Upwork's own answer, byte for byte. GraphQL reports most failures inside a 200; `Gateway-Advice` says what known ones mean.",
            headers: answerHeaders,
          },
        },
      },
    },
  };
}
