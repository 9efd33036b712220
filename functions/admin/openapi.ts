import * as z from "zod/mini";
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from "zod-openapi";
import packageJson from "../../package.json" with { type: "json" };
import type { AdminRoute } from "../platform/admin-route.ts";
import type { Config } from "../platform/config.ts";
import { type ProblemKind, problemKinds } from "../platform/problem.ts";
import { eventWebhooks } from "./event-webhooks.ts";
import { publicPaths } from "./public-paths.ts";

// Problems have members of their own kind, so both are open.
const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    errors: z.optional(z.array(z.object({ pointer: z.string(), detail: z.string() }))),
  })
  .register(z.globalRegistry, { id: "Problem", description: "RFC 9457; docs/errors.md lists every `type`." });

const messageSchema = z
  .looseObject({ message: z.string() })
  .register(z.globalRegistry, { id: "Message", description: "What API Gateway answers by itself." });

/** API Gateway answers these without asking any function. */
const answeredInFront = new Set([400, 403, 404, 413, 429, 500, 503]);

/** Answers that are problems, by status; API Gateway's own short ones stand beside them. */
export function problemResponses(kinds: readonly ProblemKind[]): ZodOpenApiResponsesObject {
  const byStatus = Object.groupBy(new Set(kinds), (kind) => problemKinds[kind].status);
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, ofStatus = []]) => [
      status,
      {
        description: ofStatus.map((kind) => `${problemKinds[kind].title} (\`${kind}\`)`).join("; "),
        content: {
          "application/problem+json": { schema: problemSchema },
          ...(answeredInFront.has(Number(status)) ? { "application/json": { schema: messageSchema } } : {}),
        },
      },
    ]),
  );
}

/**
 * The whole HTTP interface as OpenAPI 3.1, from the schemas that check requests.
 *
 * @param adminDoor `open` where the admin API asks nobody for a key
 */
export function describeApi(
  routes: readonly AdminRoute<never>[],
  { publicUrl, adminDoor }: Pick<Config, "publicUrl" | "adminDoor">,
) {
  const security = adminDoor === "open" ? [{ adminKey: [] }, {}] : [{ adminKey: [] }];
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: { ...operationOf(route), security } };
  }
  return createDocument({
    openapi: "3.1.0",
    info: {
      title: "upwork-gateway",
      version: packageJson.version,
      license: { name: packageJson.license, identifier: packageJson.license },
      description:
        "One shared, safe way to the Upwork API. The admin API stands below /admin; all else is for clients.",
    },
    servers: [{ url: publicUrl }],
    paths: { ...publicPaths(problemResponses), ...paths },
    webhooks: eventWebhooks(),
    components: {
      securitySchemes: {
        adminKey: { type: "http", scheme: "bearer", description: "The admin key, `ugw_admin_...`" },
        clientKey: { type: "http", scheme: "bearer", description: "A client key, `ugw_live_...` or `ugw_test_...`" },
        clientKeyHeader: { type: "apiKey", in: "header", name: "X-Api-Key", description: "The same client key" },
      },
    },
  });
}

function operationOf(route: AdminRoute<never>): ZodOpenApiOperationObject {
  const { params, query, body, isConditional = false } = route;
  const header = isConditional ? z.object({ "If-Match": z.string().check(z.minLength(1)) }) : undefined;
  return {
    operationId: nameOf(route),
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    requestParams: {
      ...(params === undefined ? {} : { path: params }),
      ...(query === undefined ? {} : { query }),
      ...(header === undefined ? {} : { header }),
    },
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: !(route.isBodyOptional ?? false),
            content: { "application/json": { schema: body } },
          },
        }),
    responses: { ...answersOf(route), ...problemResponses(problemsOf(route)) },
  };
}

function answersOf({ answers }: AdminRoute<never>): ZodOpenApiResponsesObject {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema, hasEtag }]) => [
      status,
      {
        description,
        ...(schema === undefined ? {} : { content: { "application/json": { schema } } }),
        ...(hasEtag ? { headers: z.object({ ETag: z.string() }) } : {}),
      },
    ]),
  );
}

/** What parsing and the admin's door may answer, besides what the row itself says. */
function problemsOf(route: AdminRoute<never>): ProblemKind[] {
  return [
    "request-malformed",
    "admin-key-refused",
    "other-site-refused",
    "body-too-large",
    "request-invalid",
    "too-many-attempts",
    "internal",
    ...(route.body === undefined ? [] : (["media-type-refused"] as const)),
    ...(route.isConditional ? (["precondition-failed", "precondition-required"] as const) : []),
    ...(route.problems ?? []),
  ];
}

/** `PATCH /admin/clients/{id}` is `patchAdminClientsId`. */
function nameOf({ method, path }: AdminRoute<never>): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}
