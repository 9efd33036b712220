import { Problem } from "../platform/problem.ts";
import type { StateTable } from "../platform/state-table.ts";
import { createAttempts, wrongClientKeys } from "./attempts.ts";
import { findKey, liveKeys } from "./client-keys.ts";
import { type Client, findClient } from "./clients.ts";
import type { KeyUse } from "./key-use.ts";
import { hashKey, isSameHash, type KeyKind, parseKey } from "./keys.ts";

/** How long a key that was good is believed without a look-up; so a revoked key stops within this time everywhere. */
const believedMs = 60_000;
/** A bound on memory, far above any team's number of keys. */
const maxBelieved = 1_000;

/** Finds the client of a request; `address` is where it came from, for counting wrong keys. */
export type Authenticate = (headers: Record<string, string>, address?: string) => Promise<Client>;

/**
 * Finds the client whose key a request carries, in `Authorization: Bearer` or `X-Api-Key`.
 *
 * The returned function throws Problem `key-missing`, `key-refused`, `key-ambiguous` or `too-many-attempts`.
 */
export function createAuthenticate(
  table: StateTable,
  keyKind: KeyKind,
  now: () => number = Date.now,
  keyUse?: Pick<KeyUse, "note">,
): Authenticate {
  const believed = new Map<string, { client: Client; keyId: string; until: number }>();
  const attempts = createAttempts(wrongClientKeys, now);
  return async (headers, address) => {
    const key = readKey(headers);
    const hash = hashKey(key);
    const known = believed.get(hash);
    if (known && known.until > now()) {
      keyUse?.note(known.keyId);
      return known.client;
    }
    believed.delete(hash);
    if (address !== undefined) attempts.require(address);
    try {
      const { client, keyId } = await findOwner(table, key, hash, keyKind, now());
      if (believed.size >= maxBelieved) believed.clear();
      believed.set(hash, { client, keyId, until: now() + believedMs });
      keyUse?.note(keyId);
      return client;
    } catch (error) {
      if (error instanceof Problem && address !== undefined) await attempts.noteWrong(address);
      throw error;
    }
  };
}

/** Whose key this is. What can be told without the table is told without it. */
async function findOwner(table: StateTable, key: string, hash: string, keyKind: KeyKind, now: number) {
  const parsed = parseKey(key);
  if (parsed === undefined) {
    throw refused("This is not a client key, or it has a typo. A key looks like ugw_live_..., 64 characters and more.");
  }
  if (parsed.kind !== keyKind) {
    throw refused(
      keyKind === "live"
        ? "This is a sandbox key (ugw_test_...); this gateway takes live keys (ugw_live_...)."
        : "This is a live key (ugw_live_...); this gateway stands before a sandbox and takes test keys (ugw_test_...).",
    );
  }
  const client = await findClientOf(table, parsed.id, hash, now);
  if (client === undefined) throw refused("This key is unknown or revoked. Ask the gateway's admin for a new one.");
  return { client, keyId: parsed.id };
}

/** The client that has this key, live, or `undefined`. */
async function findClientOf(table: StateTable, keyId: string, hash: string, now: number): Promise<Client | undefined> {
  const pointer = await findKey(table, keyId);
  const client = pointer && (await findClient(table, pointer.clientId));
  const record = client && liveKeys(client.keys, now)[keyId];
  return record !== undefined && isSameHash(record.hash, hash) ? client : undefined;
}

function readKey(headers: Record<string, string>): string {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? "")?.[1];
  const apiKey = headers["x-api-key"]?.trim() || undefined;
  if (bearer !== undefined && apiKey !== undefined && bearer !== apiKey) {
    throw new Problem("key-ambiguous", "Authorization and X-Api-Key carry two different keys; send one.");
  }
  const key = bearer ?? apiKey;
  if (key === undefined) {
    throw new Problem("key-missing", "Send your client key as Authorization: Bearer ugw_... or as X-Api-Key.", {
      headers: { "www-authenticate": 'Bearer realm="upwork-gateway"' },
    });
  }
  return key;
}

function refused(detail: string): Problem {
  return new Problem("key-refused", detail, {
    headers: { "www-authenticate": 'Bearer realm="upwork-gateway", error="invalid_token"' },
  });
}
