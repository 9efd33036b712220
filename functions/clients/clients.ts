import * as z from "zod/mini";
import { defaultShare, type Share, shareSchema } from "../platform/share-schema.ts";
import { getItem, putItem, type StateTable } from "../platform/state-table.ts";
import { type Access, accessSchema, readOnlyAccess } from "./access.ts";
import { createKey, type KeyKind } from "./keys.ts";

/** An app that may call: whose connection it uses, what it may do, and how much of the budget is its own. */
export type Client = {
  id: string;
  name: string;
  /** The connection it uses when a call names none. */
  connection: string;
  access: Access;
  share: Share;
  /** Whether calls that Upwork would refuse for sure are refused before they spend a unit. */
  checks: boolean;
};

/** What a new client must say; the rest has defaults: it reads, has no share of its own, and is checked. */
export type NewClient = Pick<Client, "id" | "name" | "connection"> & Partial<Client>;

export type StoredKey = { id: string; hash: string; clientId: string };

const clientSchema = z.object({
  sk: z.string(),
  name: z.string(),
  connection: z.string(),
  access: z._default(accessSchema, { ...readOnlyAccess, rules: [...readOnlyAccess.rules], connections: [] }),
  share: z._default(shareSchema, defaultShare),
  checks: z._default(z.boolean(), true),
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
export async function createClient(table: StateTable, client: NewClient, kind: KeyKind): Promise<{ key: string }> {
  const { id, name, connection, access = readOnlyAccess, share = defaultShare, checks = true } = client;
  const created = await putItem(
    table,
    { pk: clientPartition, sk: id, name, connection, access, share, checks },
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
