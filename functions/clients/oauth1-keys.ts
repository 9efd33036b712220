import { randomBytes } from "node:crypto";
import * as z from "zod/mini";
import { secretNames } from "../platform/names.ts";
import type { SecretStore } from "../platform/secrets.ts";
import { deleteItem, getItem, putItem, queryItems, type StateTable } from "../platform/state-table.ts";
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
export type Oauth1KeyRecord = { consumerKey: string; clientId: string; createdAt: string };

const partition = "OAUTH1KEY";
const recordSchema = z.object({ sk: z.string(), clientId: z.string(), createdAt: z.string() });
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
  await putItem(table, { pk: partition, sk: consumerKey, clientId, createdAt: new Date(now).toISOString() });
  return keys;
}

/** The keys that a client has, oldest first. */
export async function listOauth1Keys(table: StateTable, clientId: string): Promise<Oauth1KeyRecord[]> {
  const records = (await queryItems(table, partition)).map(readRecord);
  return records
    .filter((record) => record.clientId === clientId)
    .toSorted((a, b) => a.createdAt.localeCompare(b.createdAt));
}

/** Takes keys away; false when the client has none of this name. Other processes may believe them for a minute more. */
export function revokeOauth1Keys(table: StateTable, clientId: string, consumerKey: string): Promise<boolean> {
  return deleteItem(
    table,
    { pk: partition, sk: consumerKey },
    { expression: "clientId = :client", values: { ":client": clientId } },
  );
}

/** Finds the client that has a consumer key, and what its signatures are made with; `undefined` for any other key. */
export type FindOauth1Keys = (consumerKey: string) => Promise<{ client: Client; keys: Oauth1Keys } | undefined>;

export function createFindOauth1Keys(
  table: StateTable,
  secrets: Pick<SecretStore, "read">,
  secretPrefix: string,
  now: () => number = Date.now,
): FindOauth1Keys {
  const believed = new Map<string, { found: { client: Client; keys: Oauth1Keys }; until: number }>();
  return async (consumerKey) => {
    if (!keyPattern.test(consumerKey)) return undefined;
    const known = believed.get(consumerKey);
    if (known && known.until > now()) return known.found;
    believed.delete(consumerKey);
    const item = await getItem(table, { pk: partition, sk: consumerKey });
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
