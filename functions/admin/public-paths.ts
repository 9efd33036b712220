import * as z from "zod/mini";
import type { ZodOpenApiPathsObject, ZodOpenApiResponsesObject } from "zod-openapi";
import type { ProblemKind } from "../platform/problem.ts";
import { callPaths } from "./call-paths.ts";
import { clientKey, keyProblems } from "./client-key.ts";
import { hookPaths } from "./hook-paths.ts";

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

/** The routes that are no rows of the admin API, described by hand and held against the route table by a test. */
export function publicPaths(
  problems: (kinds: readonly ProblemKind[]) => ZodOpenApiResponsesObject,
): ZodOpenApiPathsObject {
  return {
    ...callPaths(problems),
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
