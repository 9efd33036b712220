import * as z from "zod/mini";
import { adminRoute, pageOf } from "../platform/admin-route.ts";
import { Problem } from "../platform/problem.ts";
import type { SecretStore } from "../platform/secrets.ts";
import type { StateTable } from "../platform/state-table.ts";
import { requireClient } from "./client-problems.ts";
import { clientParams } from "./client-schemas.ts";
import { issueOauth1Keys, listOauth1Keys, revokeOauth1Keys } from "./oauth1-keys.ts";

const route = adminRoute<{ table: StateTable; secrets: SecretStore; secretPrefix: string }>();

const text = (description: string) => z.string().register(z.globalRegistry, { description });
const consumerKey = z
  .string()
  .check(z.regex(/^[0-9a-f]{32}$/))
  .register(z.globalRegistry, { description: "Names the keys; not secret." });
const keysParams = z.strictObject({ ...clientParams.shape, consumerKey });

/** OAuth 1.0a keys: for programs that were written for Upwork's own OAuth 1.0a clients. */
export const oauth1Routes = [
  route({
    method: "GET",
    path: "/admin/clients/{id}/oauth1-keys",
    tag: "clients",
    summary: "List a client's OAuth 1.0a keys",
    params: clientParams,
    answers: {
      200: {
        description: "Its keys, without their secrets",
        schema: pageOf(
          z.strictObject({
            consumerKey,
            createdAt: z.iso.datetime(),
            lastUsedAt: z.optional(
              z.iso
                .datetime()
                .register(z.globalRegistry, { description: "The minute in which they last signed a call." }),
            ),
          }),
        ),
      },
    },
    problems: ["not-found"],
    handle: async ({ table }, { params }) => {
      await requireClient(table, params.id);
      const records = await listOauth1Keys(table, params.id);
      return {
        status: 200,
        value: {
          items: records.map(({ consumerKey, createdAt, usedAt }) => ({
            consumerKey,
            createdAt,
            ...(usedAt === undefined ? {} : { lastUsedAt: usedAt }),
          })),
        },
      };
    },
  }),
  route({
    method: "POST",
    path: "/admin/clients/{id}/oauth1-keys",
    tag: "clients",
    summary: "Give a client OAuth 1.0a keys",
    description:
      "For programs that use one of Upwork's OAuth 1.0a clients: set the client's base URL (`UPWORKAPI`) to the gateway's, and these in place of Upwork's keys. They are in the answer and nowhere else.",
    params: clientParams,
    answers: {
      201: {
        description: "The keys, shown this once",
        schema: z.strictObject({
          consumerKey,
          consumerSecret: text("Signs, with the token's secret."),
          token: text("In place of the access token."),
          tokenSecret: text("In place of the access token's secret."),
        }),
      },
    },
    problems: ["not-found"],
    handle: async ({ table, secrets, secretPrefix }, { params, now }) => {
      await requireClient(table, params.id);
      return { status: 201, value: await issueOauth1Keys(table, secrets, secretPrefix, params.id, now) };
    },
  }),
  route({
    method: "DELETE",
    path: "/admin/clients/{id}/oauth1-keys/{consumerKey}",
    tag: "clients",
    summary: "Revoke OAuth 1.0a keys",
    params: keysParams,
    answers: { 204: { description: "Their secret is deleted; they stop within a minute everywhere" } },
    problems: ["not-found"],
    handle: async ({ table, secrets, secretPrefix }, { params: { id: clientId, consumerKey } }) => {
      if (await revokeOauth1Keys(table, secrets, secretPrefix, { clientId, consumerKey })) return { status: 204 };
      throw new Problem("not-found", `Client "${clientId}" has no OAuth 1.0a keys "${consumerKey}".`);
    },
  }),
] as const;
