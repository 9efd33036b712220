import { randomBytes } from "node:crypto";
import * as z from "zod/mini";
import { secretNames } from "../platform/names.ts";
import type { SecretStore } from "../platform/secrets.ts";
import { deleteItem, getItem, putItem, queryItems, type StateTable, updateItem } from "../platform/state-table.ts";
import { type Client, findClient } from "./clients.ts";

/**
 * A client key for programs that speak OAuth 1.0a: a consumer and a token of the gateway's own making, which look like
 * Upwork's. Verifying a signature takes the secrets themselves, no hash will do, so they live in Secrets Manager.
 */
export type Oauth1Keys = {
  consumerKey: string;
  consumerSecret: string;
  token: string;
  tokenSecret: string;
};

/** Keys as they are listed, without a secret. */
export type Oauth1KeyRecord = {
  consumerKey: string;
  clientId: string;
  createdAt: string;
  /** The minute in which they were last used. */
  usedAt?: string | undefined;
};

const partition = "OAUTH1KEY";
const recordSchema = z.object({
  sk: z.string(),
  clientId: z.string(),
  createdAt: z.string(),
  usedAt: z.optional(z.string()),
});
const keyOf = (consumerKey: string) => ({ pk: partition, sk: consumerKey });
const secretSchema = z.object({ consumerSecret: z.string(), token: z.string(), tokenSecret: z.string() });
/** Upwork's keys and tokens have 32 hex digits. */
const keyPattern = /^[0-9a-f]{32}$/;

/** How long keys that were good are believed without a look-up, as other client keys are. */
const believedMs = 60_000;
const maxBelieved = 1_000;

/** Gives a client a consumer and a token, which are returned once and never again. */
export async function issueOauth1Keys(
  table: StateTable,
  secrets: SecretStore,
  secretPrefix: string,
  clientId: string,
  now: number,
): Promise<Oauth1Keys> {
  const random = () => randomBytes(16).toString("hex");
  const keys = { consumerKey: random(), consumerSecret: random(), token: random(), tokenSecret: random() };
  const { consumerKey, ...secret } = keys;
  // The secret first: the item makes the keys good, and must not lead to nothing.
  await secrets.write(secretNames.oauth1Keys(secretPrefix, consumerKey), JSON.stringify(secret));
  await putItem(table, { ...keyOf(consumerKey), clientId, createdAt: new Date(now).toISOString() });
  return keys;
}

/** The keys that a client has, oldest first. */
export async function listOauth1Keys(table: StateTable, clientId: string): Promise<Oauth1KeyRecord[]> {
  const records = (await queryItems(table, partition)).map(readRecord);
  return records
    .filter((record) => record.clientId === clientId)
    .toSorted((a, b) => a.createdAt.localeCompare(b.createdAt));
}

/**
 * Takes keys away and deletes their secret; false when the client has none of this name. Other processes may believe
 * them for a minute more.
 */
export async function revokeOauth1Keys(
  table: StateTable,
  secrets: Pick<SecretStore, "remove">,
  secretPrefix: string,
  { clientId, consumerKey }: Pick<Oauth1KeyRecord, "clientId" | "consumerKey">,
): Promise<boolean> {
  const item = await getItem(table, keyOf(consumerKey));
  if (item === undefined || readRecord(item).clientId !== clientId) return false;
  // The secret first: without it the keys are no good, and a repeated revocation still finds the item.
  await secrets.remove(secretNames.oauth1Keys(secretPrefix, consumerKey));
  return deleteItem(table, keyOf(consumerKey), {
    expression: "clientId = :client",
    values: { ":client": clientId },
  });
}

/** Notes that keys were used in a minute (ISO 8601); only the first to say so for that minute changes anything. */
export async function noteOauth1KeyUse(table: StateTable, consumerKey: string, minute: string): Promise<void> {
  await updateItem(table, keyOf(consumerKey), "SET usedAt = :minute", {
    expression: "attribute_exists(pk) AND (attribute_not_exists(usedAt) OR usedAt < :minute)",
    values: { ":minute": minute },
  });
}

/**
 * Finds the client that has a consumer key, and what its signatures are made with; `undefined` for any other key.
 * `beforeLookUp` is called where the keys are not believed already, and may throw to prevent the look-up.
 */
export type FindOauth1Keys = (
  consumerKey: string,
  beforeLookUp: () => void,
) => Promise<{ client: Client; keys: Oauth1Keys } | undefined>;

/** Looks keys up in the table and their secret in Secrets Manager, and believes what it found for a minute. */
export function createFindOauth1Keys(
  table: StateTable,
  secrets: Pick<SecretStore, "read">,
  secretPrefix: string,
  now: () => number = Date.now,
): FindOauth1Keys {
  const believed = new Map<string, { found: { client: Client; keys: Oauth1Keys }; until: number }>();
  return async (consumerKey, beforeLookUp) => {
    if (!keyPattern.test(consumerKey)) return undefined;
    const known = believed.get(consumerKey);
    if (known && known.until > now()) return known.found;
    believed.delete(consumerKey);
    beforeLookUp();
    const item = await getItem(table, keyOf(consumerKey));
    const client = item && (await findClient(table, readRecord(item).clientId));
    if (client === undefined) return undefined;
    const secret = await secrets.read(secretNames.oauth1Keys(secretPrefix, consumerKey));
    if (secret === undefined) return undefined;
    const found = { client, keys: { consumerKey, ...secretSchema.parse(JSON.parse(secret)) } };
    if (believed.size >= maxBelieved) believed.clear();
    believed.set(consumerKey, { found, until: now() + believedMs });
    return found;
  };
}

function readRecord(item: Record<string, unknown>): Oauth1KeyRecord {
  const { sk, ...rest } = recordSchema.parse(item);
  return { consumerKey: sk, ...rest };
}
