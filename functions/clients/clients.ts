import * as z from "zod/mini";
import { defaultShare, type Share, shareSchema } from "../platform/share-schema.ts";
import { deleteItem, getItem, putItem, queryPage, type StateTable } from "../platform/state-table.ts";
import { type Access, accessSchema, readOnlyAccess } from "./access.ts";

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

/** What is kept of a key: never the key itself. Times are ISO 8601. */
export type KeyRecord = { hash: string; createdAt: string; expiresAt?: string | undefined };

/** A client as it is stored. Its keys stand in it, so that one write decides how many there are. */
export type StoredClient = Client & {
  keys: Readonly<Record<string, KeyRecord>>;
  /** Grows with every change. */
  version: number;
  createdAt: string;
  updatedAt: string;
};

/** What a new client must say; the rest has defaults: it reads, has no share of its own, and is checked. */
export type NewClient = Pick<Client, "id" | "name" | "connection"> & Partial<Client>;

const keyRecordSchema = z.object({ hash: z.string(), createdAt: z.string(), expiresAt: z.optional(z.string()) });
const clientSchema = z.object({
  sk: z.string(),
  name: z.string(),
  connection: z.string(),
  access: z._default(accessSchema, { ...readOnlyAccess, rules: [...readOnlyAccess.rules], connections: [] }),
  share: z._default(shareSchema, defaultShare),
  checks: z._default(z.boolean(), true),
  keys: z._default(z.record(z.string(), keyRecordSchema), {}),
  version: z._default(z.number(), 0),
  createdAt: z._default(z.string(), ""),
  updatedAt: z._default(z.string(), ""),
});

const partition = "CLIENT";
const keyOf = (id: string) => ({ pk: partition, sk: id });

/** Lower-case letters, digits and dashes: safe in a URL, a log line and a metric. */
export const clientIdPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Stores a new client without any key; `undefined` when there is one of this id. */
export async function insertClient(
  table: StateTable,
  client: NewClient,
  now: number,
): Promise<StoredClient | undefined> {
  const { id, name, connection, access = readOnlyAccess, share = defaultShare, checks = true } = client;
  const at = new Date(now).toISOString();
  const stored = { name, connection, access, share, checks, keys: {}, version: 1, createdAt: at, updatedAt: at };
  const isNew = await putItem(table, { ...keyOf(id), ...stored }, { expression: "attribute_not_exists(pk)" });
  return isNew ? { id, ...stored } : undefined;
}

/** Stores the successor of a client; `undefined` when somebody else has changed it since it was read. */
export async function replaceClient(
  table: StateTable,
  client: StoredClient,
  now: number,
): Promise<StoredClient | undefined> {
  const { id, ...rest } = client;
  const next = { ...rest, version: client.version + 1, updatedAt: new Date(now).toISOString() };
  return (await putItem(table, { ...keyOf(id), ...next }, isStill(client))) ? { id, ...next } : undefined;
}

/** Removes a client, and with it all its keys; false when somebody else has changed it since it was read. */
export async function removeClient(table: StateTable, client: StoredClient): Promise<boolean> {
  return deleteItem(table, keyOf(client.id), isStill(client));
}

/** Clients of before versions came have none. */
function isStill({ version }: StoredClient) {
  return version === 0
    ? { expression: "attribute_exists(pk) AND attribute_not_exists(version)" }
    : { expression: "version = :version", values: { ":version": version } };
}

/** A client by its id, as it is stored now; `undefined` where there is none. */
export async function findClient(table: StateTable, id: string): Promise<StoredClient | undefined> {
  const item = await getItem(table, keyOf(id));
  return item === undefined ? undefined : read(item);
}

/** Clients in the order of their ids, those after `after`. */
export async function listClients(
  table: StateTable,
  page: { limit: number; after: string | undefined },
): Promise<{ clients: StoredClient[]; last: string | undefined }> {
  const { limit, after } = page;
  // All ids stand between these two.
  const ids = { from: "0", to: "{" };
  const { items, cursor } = await queryPage(table, { partition, ...ids, limit, cursor: after, isOldestFirst: true });
  return { clients: items.map(read), last: cursor };
}

function read(item: Record<string, unknown>): StoredClient {
  const { sk, ...rest } = clientSchema.parse(item);
  return { id: sk, ...rest };
}
