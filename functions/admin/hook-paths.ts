import * as z from "zod/mini";
import type { ZodOpenApiPathsObject, ZodOpenApiResponsesObject } from "zod-openapi";
import type { ProblemKind } from "../platform/problem.ts";

const resultSchema = z
  .strictObject({
    result: z.string().register(z.globalRegistry, { description: "Id of the result, which only the sender learns." }),
    state: z.enum(["running", "done", "failed"]),
    at: z.iso.datetime(),
    outcome: z
      .optional(z.unknown())
      .register(z.globalRegistry, { description: "Upwork's status and body, or the watch's run, or a problem." }),
  })
  .register(z.globalRegistry, { id: "HookResult" });

const messageHeaders = z.object({
  "webhook-id": z.optional(z.string()),
  "webhook-timestamp": z.optional(z.string()),
  "webhook-signature": z.optional(z.string()),
  "Idempotency-Key": z.optional(z.string()),
  Prefer: z.optional(z.string().register(z.globalRegistry, { description: "`wait` answers 200 with the result." })),
});

const result = { content: { "application/json": { schema: resultSchema } } };

/** What others send messages to. */
export function hookPaths(
  problems: (kinds: readonly ProblemKind[]) => ZodOpenApiResponsesObject,
): ZodOpenApiPathsObject {
  return {
    "/hooks/{hook}": {
      post: {
        operationId: "postHook",
        tags: ["webhooks"],
        summary: "Set off a stored call, or a run of a watch",
        description:
          "Signed as Standard Webhooks has it, or with the secret part of the address. A message is acted on once; sent again, it answers 200 with the same result.",
        security: [],
        requestParams: { path: z.object({ hook: z.string() }), header: messageHeaders },
        requestBody: { required: false, content: { "application/json": { schema: z.unknown() } } },
        responses: {
          200: { description: "The result, because the sender waited or the message came before", ...result },
          202: { description: "Taken; `Location` has the result", ...result },
          ...problems([
            "hook-refused",
            "not-found",
            "body-too-large",
            "quota-exceeded",
            "upstream-cooldown",
            "budget-store-unavailable",
            "internal",
          ]),
        },
      },
    },
    "/hooks/results/{result}": {
      get: {
        operationId: "getHookResult",
        tags: ["webhooks"],
        summary: "What came of a message, for a day",
        security: [],
        requestParams: { path: z.object({ result: z.string() }) },
        responses: { 200: { description: "The result", ...result }, ...problems(["not-found", "internal"]) },
      },
    },
  };
}
