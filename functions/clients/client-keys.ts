import * as z from "zod/mini";
import { deleteItem, getItem, putItem, type StateTable, updateItem } from "../platform/state-table.ts";
import {
  findClient,
  insertClient,
  type KeyRecord,
  type NewClient,
  replaceClient,
  type StoredClient,
} from "./clients.ts";
import { createKey, type KeyKind } from "./keys.ts";

// The client's own item says which keys it has; beside it each key has an item that leads from its id to the client, and
// says when it was last used. A key counts only while both say so.

/** Two, so that a new key can take over from an old one. */
export const maxLiveKeys = 2;

/** A new key, and the client as it is with it. `key` is in no store. */
export type IssuedKey = { client: StoredClient; id: string; key: string };

const pointerSchema = z.object({ clientId: z.string(), usedAt: z.optional(z.string()) });
const keyOf = (id: string) => ({ pk: "KEY", sk: id });
/** Somebody else changing the same client at the same moment is rare; four in a row are a defect. */
const maxTries = 4;

/** A client of this id exists already. */
export class ClientExistsError extends Error {
  override name = "ClientExistsError";
}

/** The client has as many live keys as it may have. */
export class TooManyKeysError extends Error {
  override name = "TooManyKeysError";
}

/** The client was removed, or changed by others again and again, while its keys were to change. */
export class ClientGoneError extends Error {
  override name = "ClientGoneError";
}

/**
 * Creates a client and its first key, which is returned once and never again.
 *
 * @throws ClientExistsError
 */
export async function createClient(
  table: StateTable,
  client: NewClient,
  kind: KeyKind,
  now: number = Date.now(),
): Promise<IssuedKey> {
  const inserted = await insertClient(table, client, now);
  if (inserted === undefined) throw new ClientExistsError(`Client "${client.id}" exists already; choose another id.`);
  return addKey(table, client.id, kind, { now });
}

/**
 * Gives a client a new key, which is returned once and never again. With `othersExpireAt` (ms since 1970) its other
 * keys end then at the latest, which makes room: a rotation with overlap.
 *
 * @throws TooManyKeysError, ClientGoneError
 */
export async function addKey(
  table: StateTable,
  clientId: string,
  kind: KeyKind,
  options: { now?: number; othersExpireAt?: number } = {},
): Promise<IssuedKey> {
  const { now = Date.now(), othersExpireAt } = options;
  const { key, id, hash } = createKey(kind);
  // The pointer first: without its client it opens nothing, and a client must not list a key that leads nowhere.
  await putItem(table, { ...keyOf(id), clientId });
  const client = await changeKeys(table, clientId, now, (keys) => {
    const others = othersExpireAt === undefined ? keys : newestEndingBy(keys, othersExpireAt);
    if (Object.keys(others).length >= maxLiveKeys) {
      throw new TooManyKeysError(
        `Client "${clientId}" has ${maxLiveKeys} live keys (${Object.keys(others).join(", ")}), and may not have more. Revoke one first.`,
      );
    }
    return { ...others, [id]: { hash, createdAt: new Date(now).toISOString() } };
  }).catch(async (error: unknown) => {
    await deleteItem(table, keyOf(id));
    throw error;
  });
  return { client, id, key };
}

/** Takes a key away; false when the client has none of this id. Other processes may believe it for a minute more. */
export async function revokeKey(table: StateTable, clientId: string, id: string, now: number): Promise<boolean> {
  let existed = false;
  await changeKeys(table, clientId, now, ({ [id]: revoked, ...rest }) => {
    existed = revoked !== undefined;
    return existed ? rest : undefined;
  });
  await deleteItem(table, keyOf(id), { expression: "clientId = :client", values: { ":client": clientId } });
  return existed;
}

/** The keys of a client that are not over yet. */
export function liveKeys(keys: StoredClient["keys"], now: number): Record<string, KeyRecord> {
  return Object.fromEntries(Object.entries(keys).filter(([, { expiresAt }]) => isAhead(expiresAt, now)));
}

/** To which client a key leads, and the minute in which it was last used. */
export async function findKey(table: StateTable, id: string): Promise<z.infer<typeof pointerSchema> | undefined> {
  const item = await getItem(table, keyOf(id));
  return item === undefined ? undefined : pointerSchema.parse(item);
}

/** Notes that a key was used in a minute (ISO 8601); only the first to say so for that minute changes anything. */
export async function noteKeyUse(table: StateTable, id: string, minute: string): Promise<void> {
  await updateItem(table, keyOf(id), "SET usedAt = :minute", {
    expression: "attribute_exists(pk) AND (attribute_not_exists(usedAt) OR usedAt < :minute)",
    values: { ":minute": minute },
  });
}

/** Changes the keys of a client as often as it takes to change what is stored; `undefined` changes nothing. */
async function changeKeys(
  table: StateTable,
  clientId: string,
  now: number,
  change: (live: Record<string, KeyRecord>) => Record<string, KeyRecord> | undefined,
): Promise<StoredClient> {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const client = await findClient(table, clientId);
    if (client === undefined) break;
    const keys = change(liveKeys(client.keys, now));
    if (keys === undefined) return client;
    const replaced = await replaceClient(table, { ...client, keys }, now);
    if (replaced !== undefined) return replaced;
  }
  throw new ClientGoneError(
    `Client "${clientId}" was removed or changed at the same moment; look at it and try again.`,
  );
}

/** One place is for the new key, so of the others only the newest lives on, until then at the latest. */
function newestEndingBy(keys: Record<string, KeyRecord>, end: number): Record<string, KeyRecord> {
  const newest = Object.entries(keys)
    .toSorted(([, a], [, b]) => b.createdAt.localeCompare(a.createdAt))
    .slice(0, maxLiveKeys - 1);
  return Object.fromEntries(
    newest.map(([id, record]) => {
      const isEarlier = record.expiresAt !== undefined && Date.parse(record.expiresAt) < end;
      return [id, isEarlier ? record : { ...record, expiresAt: new Date(end).toISOString() }];
    }),
  );
}

function isAhead(expiresAt: string | undefined, now: number): boolean {
  return expiresAt === undefined || Date.parse(expiresAt) > now;
}
