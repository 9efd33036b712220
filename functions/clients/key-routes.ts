import * as z from "zod/mini";
import { adminRoute, pageOf } from "../platform/admin-route.ts";
import { Problem } from "../platform/problem.ts";
import type { StateTable } from "../platform/state-table.ts";
import { addKey, findKey, liveKeys, revokeKey } from "./client-keys.ts";
import { requireClient, throwAsProblem } from "./client-problems.ts";
import { clientParams, issuedKeySchema, keyParams, keySchema, viewIssued } from "./client-schemas.ts";
import type { KeyKind } from "./keys.ts";

const route = adminRoute<{ table: StateTable; keyKind: KeyKind }>();

const rotation = z.strictObject({
  overlapSeconds: z._default(z.int().check(z.gte(0), z.lte(30 * 86_400)), 86_400).register(z.globalRegistry, {
    description: "How long the newest of the keys so far goes on being good beside the new one.",
  }),
});

/** The keys of a client: at most two at once, so that one can take over from the other. */
export const keyRoutes = [
  route({
    method: "GET",
    path: "/admin/clients/{id}/keys",
    tag: "clients",
    summary: "List a client's keys",
    description: "At most two are live at once, so that a rotation can overlap.",
    params: clientParams,
    answers: { 200: { description: "Its live keys, without the keys themselves", schema: pageOf(keySchema) } },
    problems: ["not-found"],
    handle: async ({ table }, { params, now }) => {
      const { keys } = await requireClient(table, params.id);
      const live = Object.entries(liveKeys(keys, now));
      const items = live.map(async ([id, { createdAt, expiresAt }]) => {
        const lastUsedAt = (await findKey(table, id))?.usedAt;
        return {
          id,
          createdAt,
          ...(expiresAt === undefined ? {} : { expiresAt }),
          ...(lastUsedAt === undefined ? {} : { lastUsedAt }),
        };
      });
      return { status: 200, value: { items: await Promise.all(items) } };
    },
  }),
  route({
    method: "POST",
    path: "/admin/clients/{id}/keys",
    tag: "clients",
    summary: "Give a client a second key",
    params: clientParams,
    answers: { 201: { description: "The key, shown this once", schema: issuedKeySchema } },
    problems: ["not-found", "conflict"],
    handle: async ({ table, keyKind }, { params, now }) => {
      await requireClient(table, params.id);
      return { status: 201, value: viewIssued(await addKey(table, params.id, keyKind, { now }).catch(throwAsProblem)) };
    },
  }),
  route({
    method: "POST",
    path: "/admin/clients/{id}/keys/rotate",
    tag: "clients",
    summary: "Give a client a new key and end its other ones",
    params: clientParams,
    body: rotation,
    isBodyOptional: true,
    answers: { 201: { description: "The key, shown this once", schema: issuedKeySchema } },
    problems: ["not-found", "conflict"],
    handle: async ({ table, keyKind }, { params, body, now }) => {
      await requireClient(table, params.id);
      const othersExpireAt = now + body.overlapSeconds * 1000;
      const issued = await addKey(table, params.id, keyKind, { now, othersExpireAt }).catch(throwAsProblem);
      return { status: 201, value: viewIssued(issued) };
    },
  }),
  route({
    method: "DELETE",
    path: "/admin/clients/{id}/keys/{keyId}",
    tag: "clients",
    summary: "Revoke a key",
    params: keyParams,
    answers: { 204: { description: "It stops within a minute everywhere" } },
    problems: ["not-found", "conflict"],
    handle: async ({ table }, { params, now }) => {
      const wasRevoked = await revokeKey(table, params.id, params.keyId, now).catch(throwAsProblem);
      if (wasRevoked) return { status: 204 };
      throw new Problem("not-found", `Client "${params.id}" has no live key "${params.keyId}".`);
    },
  }),
] as const;
