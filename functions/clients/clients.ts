import * as z from "zod/mini";
import { getItem, putItem, type StateTable } from "../platform/state-table.ts";
import { createKey, type KeyKind } from "./keys.ts";

/** An app that may call: whose connection it uses and how much of the budget is its own. */
export type Client = {
  id: string;
  name: string;
  /** The connection it uses when a call names none. */
  connection: string;
  /** Interactive clients may use all of the common pool; batch clients leave the last fifth. */
  priority: "interactive" | "batch";
  /** At most this many calls in a UTC day. */
  cap?: number | undefined;
};

export type StoredKey = { id: string; hash: string; clientId: string };

const clientSchema = z.object({
  sk: z.string(),
  name: z.string(),
  connection: z.string(),
  priority: z.enum(["interactive", "batch"]),
  cap: z.optional(z.number()),
});
const keySchema = z.object({ sk: z.string(), hash: z.string(), clientId: z.string() });

const clientPartition = "CLIENT";
const keyPartition = "KEY";

/** A client of this id exists already. */
export class ClientExistsError extends Error {
  override name = "ClientExistsError";
}

/**
 * Creates a client and its first key, which is returned once and never again.
 *
 * @throws ClientExistsError
 */
export async function createClient(table: StateTable, client: Client, kind: KeyKind): Promise<{ key: string }> {
  const { id, ...rest } = client;
  const created = await putItem(
    table,
    { pk: clientPartition, sk: id, ...rest },
    { expression: "attribute_not_exists(pk)" },
  );
  if (!created) throw new ClientExistsError(`Client "${id}" exists already; choose another id.`);
  return addKey(table, id, kind);
}

/** Gives a client a new key, which is returned once and never again. */
export async function addKey(table: StateTable, clientId: string, kind: KeyKind): Promise<{ key: string }> {
  const { key, id, hash } = createKey(kind);
  await putItem(table, { pk: keyPartition, sk: id, hash, clientId });
  return { key };
}

export async function findClient(table: StateTable, id: string): Promise<Client | undefined> {
  const item = await getItem(table, { pk: clientPartition, sk: id });
  if (item === undefined) return undefined;
  const { sk, ...rest } = clientSchema.parse(item);
  return { id: sk, ...rest };
}

export async function findKey(table: StateTable, id: string): Promise<StoredKey | undefined> {
  const item = await getItem(table, { pk: keyPartition, sk: id });
  if (item === undefined) return undefined;
  const { sk, ...rest } = keySchema.parse(item);
  return { id: sk, ...rest };
}
