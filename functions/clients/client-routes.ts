import * as z from "zod/mini";
import { adminRoute, etagOf, pageOf, pageQuery } from "../platform/admin-route.ts";
import { readCursor, writeCursor } from "../platform/cursor.ts";
import { invalidField } from "../platform/invalid-field.ts";
import type { Limit } from "../platform/limit-schema.ts";
import { Problem } from "../platform/problem.ts";
import type { SecretStore } from "../platform/secrets.ts";
import { checkGuarantees, defaultShare, GuaranteesError, type Share } from "../platform/share-schema.ts";
import type { StateTable } from "../platform/state-table.ts";
import { createClient } from "./client-keys.ts";
import { requireClient, throwAsProblem } from "./client-problems.ts";
import {
  applyChanges,
  type ClientChanges,
  clientChangesSchema,
  clientParams,
  clientSchema,
  issuedKeySchema,
  newClientOf,
  newClientSchema,
  viewClient,
  viewIssued,
} from "./client-schemas.ts";
import { listClients, removeClient, replaceClient, type StoredClient } from "./clients.ts";
import { guaranteesOf, listAllClients } from "./guarantees.ts";
import type { KeyKind } from "./keys.ts";
import { listOauth1Keys, revokeOauth1Keys } from "./oauth1-keys.ts";

const route = adminRoute<{
  table: StateTable;
  secrets: Pick<SecretStore, "remove">;
  secretPrefix: string;
  keyKind: KeyKind;
  limits: readonly Limit[];
}>();

/** Clients; their keys have routes of their own. */
export const clientRoutes = [
  route({
    method: "GET",
    path: "/admin/clients",
    tag: "clients",
    summary: "List clients",
    description: "In the order of their ids.",
    query: pageQuery,
    answers: { 200: { description: "A page of clients", schema: pageOf(clientSchema) } },
    handle: async ({ table }, { query }) => {
      const after = query.cursor === undefined ? undefined : readCursor(query.cursor);
      const { clients, last } = await listClients(table, { limit: query.limit, after });
      const cursor = last === undefined ? {} : { cursor: writeCursor(last) };
      return { status: 200, value: { items: clients.map(viewClient), ...cursor } };
    },
  }),
  route({
    method: "POST",
    path: "/admin/clients",
    tag: "clients",
    summary: "Create a client and its first key",
    description: "The key is in the answer and nowhere else. A cap below the client's own guarantee is refused.",
    body: newClientSchema,
    answers: {
      201: {
        description: "The client and its key",
        schema: z.strictObject({ client: clientSchema, key: issuedKeySchema }),
        hasEtag: true,
      },
    },
    problems: ["conflict"],
    handle: async ({ table, keyKind, limits }, { body, now }) => {
      const share = body.share ?? defaultShare;
      requireUsableGuarantee(share, share);
      await requireGuarantees(table, limits, body.id, share);
      const issued = await createClient(table, newClientOf(body), keyKind, now).catch(throwAsProblem);
      return {
        status: 201,
        value: { client: viewClient(issued.client), key: viewIssued(issued) },
        etag: etagOf(issued.client.version),
        location: `/admin/clients/${body.id}`,
      };
    },
  }),
  route({
    method: "GET",
    path: "/admin/clients/{id}",
    tag: "clients",
    summary: "Show a client",
    params: clientParams,
    answers: { 200: { description: "The client", schema: clientSchema, hasEtag: true } },
    problems: ["not-found"],
    handle: async ({ table }, { params }) => {
      const client = await requireClient(table, params.id);
      return { status: 200, value: viewClient(client), etag: etagOf(client.version) };
    },
  }),
  route({
    method: "PATCH",
    path: "/admin/clients/{id}",
    tag: "clients",
    summary: "Change a client",
    description:
      "Takes effect within a minute everywhere: that long a key is believed without a look-up. A cap below the client's own guarantee is refused.",
    params: clientParams,
    body: clientChangesSchema,
    isConditional: true,
    answers: { 200: { description: "The client as it is now", schema: clientSchema, hasEtag: true } },
    problems: ["not-found", "conflict"],
    handle: async ({ table, limits }, { params, body, requireMatch, now }) => {
      const client = await requireClient(table, params.id);
      requireMatch(etagOf(client.version));
      const changed = applyChanges(client, body);
      requireUsableGuarantee(changed.share, body.share);
      if (changed.share.guaranteed > client.share.guaranteed) {
        await requireGuarantees(table, limits, client.id, changed.share);
      }
      const replaced = (await replaceClient(table, changed, now)) ?? changedMeanwhile(client);
      return { status: 200, value: viewClient(replaced), etag: etagOf(replaced.version) };
    },
  }),
  route({
    method: "DELETE",
    path: "/admin/clients/{id}",
    tag: "clients",
    summary: "Remove a client and all its keys",
    params: clientParams,
    isConditional: true,
    answers: { 204: { description: "It is gone; its keys stop within a minute" } },
    problems: ["not-found"],
    handle: async ({ table, secrets, secretPrefix }, { params, requireMatch }) => {
      const client = await requireClient(table, params.id);
      requireMatch(etagOf(client.version));
      if (!(await removeClient(table, client))) changedMeanwhile(client);
      for (const keys of await listOauth1Keys(table, client.id)) {
        await revokeOauth1Keys(table, secrets, secretPrefix, keys);
      }
      return { status: 204 };
    },
  }),
] as const;

function changedMeanwhile({ id }: StoredClient): never {
  throw new Problem(
    "precondition-failed",
    `Client "${id}" was changed at this very moment. Read it again, then decide.`,
  );
}

/**
 * A cap below the client's own guarantee is refused: part of what nobody else may take could never be used. One that was
 * stored before this was so stands in the way of no other change, and a temporary cap may be any: its end is known.
 */
function requireUsableGuarantee(
  { cap, guaranteed }: Pick<Share, "cap" | "guaranteed">,
  asked: ClientChanges["share"],
): void {
  const field = asked?.cap !== undefined ? "cap" : "guaranteed";
  if (asked?.[field] === undefined || cap === undefined || cap >= guaranteed) return;
  const pointer = `/body/share/${field}`;
  const detail = `the cap of ${cap} is below the guarantee of ${guaranteed}, which could then never be used up`;
  throw invalidField(pointer, detail, `${pointer}: ${detail}. Raise the cap or lower the guarantee.`);
}

/** A guarantee that cannot be kept beside those of all other clients is refused with the arithmetic. */
async function requireGuarantees(table: StateTable, limits: readonly Limit[], id: string, share: Share): Promise<void> {
  if (share.guaranteed === 0) return;
  const guaranteed = guaranteesOf(await listAllClients(table));
  guaranteed[id] = share.guaranteed;
  try {
    checkGuarantees(limits, guaranteed);
  } catch (error) {
    if (!(error instanceof GuaranteesError)) throw error;
    throw new Problem("conflict", error.message, {
      members: {
        errors: [{ pointer: "/body/share/guaranteed", detail: "cannot be kept beside the other guarantees" }],
      },
      cause: error,
    });
  }
}
