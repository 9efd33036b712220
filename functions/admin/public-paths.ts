import * as z from "zod/mini";
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject, ZodOpenApiResponsesObject } from "zod-openapi";
import type { ProblemKind } from "../platform/problem.ts";
import { hookPaths } from "./hook-paths.ts";

/** What everything that asks for a client key may answer. */
const keyProblems = ["key-missing", "key-refused", "key-ambiguous", "too-many-attempts", "internal"] as const;

/** What only a path and its parameters can be refused for. */
const restOnly: readonly ProblemKind[] = [
  "path-refused",
  "path-unknown",
  "parameters-refused",
  "paging-refused",
  "body-refused",
  "json-malformed",
  "method-refused",
];

/** What a call may be answered before, or instead of, Upwork. */
const callProblems = [
  ...keyProblems,
  "client-not-allowed",
  "path-refused",
  "path-unknown",
  "parameters-refused",
  "paging-refused",
  "body-refused",
  "json-malformed",
  "body-too-large",
  "method-refused",
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

/** What a GraphQL request may be answered before, or instead of, Upwork. */
const graphqlProblems = [
  ...callProblems.filter((kind) => !restOnly.includes(kind)),
  "graphql-refused",
  "connection-unfit",
] as const;

const clientKey = [{ clientKey: [] }, { clientKeyHeader: [] }];

const ownUnits = z.looseObject({ units: z.int(), used: z.int(), left: z.int() });

const budgetSchema = z
  .looseObject({
    client: z.string(),
    limits: z.array(
      z.looseObject({
        name: z.string(),
        quota: z.int(),
        window_seconds: z.number(),
        used: z.int(),
        left: z.int(),
        resets_in_seconds: z.int(),
      }),
    ),
    binding: z.nullable(z.string()).register(z.globalRegistry, { description: "The limit that is tightest." }),
    gate: z.looseObject({ state: z.enum(["open", "closed", "disabled"]), retry_after_seconds: z.int() }),
    share: z
      .looseObject({
        priority: z.enum(["interactive", "batch"]),
        mode: z.enum(["enforce", "observe"]),
        used_today: z.int().register(z.globalRegistry, { description: "Units taken in this UTC day." }),
        spared_today: z.int().register(z.globalRegistry, {
          description: "Refusals of this UTC day that observe mode spared the client.",
        }),
        guaranteed: z.nullable(ownUnits).register(z.globalRegistry, {
          description: "Units of the last 24 hours that only this client can take.",
        }),
        pool: z.nullable(ownUnits).register(z.globalRegistry, {
          description: "The common pool, as far as this client may take from it.",
        }),
        cap: z.nullable(z.looseObject({ units: z.int(), left: z.int(), resets_in_seconds: z.int() })),
      })
      .register(z.globalRegistry, { description: "This client's share, and what it has of it." }),
  })
  .register(z.globalRegistry, { id: "Budget" });

const callHeaders = z.object({
  "Connection-Id": z.optional(
    z.string().register(z.globalRegistry, { description: "Another connection than the client's own." }),
  ),
  Prefer: z.optional(
    z.string().register(z.globalRegistry, { description: "`wait=10` waits up to 10 s (at most 20) for budget." }),
  ),
  "X-Upwork-API-TenantId": z.optional(
    z.string().register(z.globalRegistry, { description: "The organisation, passed on to Upwork." }),
  ),
});

const answerHeaders = z.object({
  "Gateway-Cost": z.optional(z.string()),
  "Gateway-Attempts": z.optional(z.string()),
  RateLimit: z.optional(z.string()),
  "RateLimit-Policy": z.optional(z.string()),
});

const graphqlRequest = z
  .strictObject({
    query: z.string(),
    variables: z.optional(z.nullable(z.record(z.string(), z.unknown()))),
    operationName: z.optional(z.nullable(z.string())),
  })
  .register(z.globalRegistry, { id: "GraphqlRequest" });

const graphqlAnswerHeaders = z.extend(answerHeaders, {
  "Gateway-Advice": z.optional(
    z.string().register(z.globalRegistry, { description: "What the answer's errors mean, and what to do." }),
  ),
});

/** The routes that are no rows of the admin API, described by hand and held against the route table by a test. */
export function publicPaths(
  problems: (kinds: readonly ProblemKind[]) => ZodOpenApiResponsesObject,
): ZodOpenApiPathsObject {
  const call = (tree: string, method: string, body: boolean): ZodOpenApiOperationObject => ({
    operationId: `${method}${tree}`,
    tags: ["calls to Upwork"],
    summary: `A call to Upwork, anything below /${tree.toLowerCase()}/`,
    description:
      "`path` is all the rest of the path, slashes included. It is the path at https://www.upwork.com, with the same parameters.",
    security: clientKey,
    requestParams: { path: z.object({ path: z.string().check(z.minLength(1)) }), header: callHeaders },
    ...(body
      ? {
          requestBody: {
            required: false,
            content: {
              "application/x-www-form-urlencoded": { schema: z.record(z.string(), z.string()) },
              "application/json": { schema: z.unknown() },
            },
          },
        }
      : {}),
    responses: {
      ...problems(callProblems),
      default: { description: "Upwork's own answer, byte for byte", headers: answerHeaders },
    },
  });
  return {
    "/api/{path}": {
      get: call("Api", "get", false),
      post: call("Api", "post", true),
      put: call("Api", "put", true),
      delete: call("Api", "delete", true),
    },
    "/gds/{path}": { get: call("Gds", "get", false) },
    "/graphql": {
      post: {
        operationId: "postGraphql",
        tags: ["calls to Upwork"],
        summary: "A GraphQL call to Upwork",
        description:
          "Goes to https://api.upwork.com/graphql with the token of an OAuth 2.0 connection, for the organisation named in `X-Upwork-API-TenantId` or else the connection's own. A document with several operations needs `operationName`. Nothing but these three members goes on.",
        security: clientKey,
        requestParams: { header: callHeaders },
        requestBody: { required: true, content: { "application/json": { schema: graphqlRequest } } },
        responses: {
          ...problems(graphqlProblems),
          default: {
            description:
              "Upwork's own answer, byte for byte. GraphQL reports most failures inside a 200; `Gateway-Advice` says what known ones mean.",
            headers: graphqlAnswerHeaders,
          },
        },
      },
    },
    "/budget": {
      get: {
        operationId: "getBudget",
        tags: ["budget"],
        summary: "What is left of the shared budget",
        security: clientKey,
        responses: {
          200: { description: "Every limit, and the gate", content: { "application/json": { schema: budgetSchema } } },
          ...problems(keyProblems),
        },
      },
    },
    ...hookPaths(problems),
    "/health": {
      get: {
        operationId: "getHealth",
        tags: ["gateway"],
        summary: "Whether the gateway answers",
        security: [],
        responses: {
          200: {
            description: "It does",
            content: {
              "application/json": { schema: z.strictObject({ status: z.literal("ok"), stage: z.string() }) },
            },
          },
          ...problems(["internal"]),
        },
      },
    },
    "/openapi.json": {
      get: {
        operationId: "getOpenapi",
        tags: ["gateway"],
        summary: "This document",
        security: [],
        responses: {
          200: {
            description: "OpenAPI 3.1",
            content: { "application/json": { schema: z.record(z.string(), z.unknown()) } },
          },
          ...problems(["internal"]),
        },
      },
    },
  };
}
