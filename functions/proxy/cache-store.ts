import * as z from "zod/mini";
import { getItem, putItem, type StateTable, updateItem } from "../platform/state-table.ts";
import type { Times } from "./cache-control.ts";
import { compress, decompress } from "./compression.ts";

/** An answer as it is kept: what the upstream said, and until when it may be said again. */
export type CachedAnswer = Times & {
  status: number;
  headers: Record<string, string>;
  etag: string;
  body: Uint8Array;
};

/**
 * The right to make the one call that others wait for. `open` means that its answer cannot be kept, so nobody need wait
 * for it; `until` is extended while the call is under way, so that a dead leader is noticed soon.
 */
export type Lease = { holder: string; startedAt: number; until: number; open: boolean };

export type CacheStore = {
  read(key: string): Promise<CachedAnswer | undefined>;
  /** Keeps an answer unless a newer one is kept already; `too-large` where DynamoDB could not take it. */
  write(key: string, answer: CachedAnswer): Promise<"stored" | "too-large">;
  readLease(key: string): Promise<Lease | undefined>;
  /** Takes the lease unless somebody holds it. A lease older than `answeredAt` has done its work. */
  acquire(key: string, lease: Lease, answeredAt: number, now: number): Promise<boolean>;
  /** Changes a lease that is still its holder's. */
  extend(key: string, lease: Lease): Promise<void>;
};

/** DynamoDB takes items of 400 KB; headers and names need some of that. */
const maxCompressedBytes = 350_000;

const entrySchema = z.object({
  status: z.number(),
  headers: z.record(z.string(), z.string()),
  etag: z.string(),
  body: z.instanceof(Uint8Array),
  storedAt: z.number(),
  freshUntil: z.number(),
  staleUntil: z.number(),
});
const leaseSchema = z.object({ holder: z.string(), startedAt: z.number(), until: z.number(), open: z.boolean() });

/** Keeps answers and leases in the State table, bodies compressed; both go with their time to live. */
export function createCacheStore(table: StateTable): CacheStore {
  const entryKey = (key: string) => ({ pk: `CACHE#${key}`, sk: "answer" });
  const leaseKey = (key: string) => ({ pk: `CACHE#${key}`, sk: "lease" });
  return {
    async read(key) {
      const item = await getItem(table, entryKey(key));
      if (item === undefined) return undefined;
      const { body, ...rest } = entrySchema.parse(item);
      return { ...rest, body: await decompress(body) };
    },
    async write(key, answer) {
      const body = await compress(answer.body);
      if (body.byteLength > maxCompressedBytes) return "too-large";
      const expiresAt = Math.ceil(answer.staleUntil / 1000);
      await putItem(
        table,
        { ...entryKey(key), ...answer, body, expiresAt },
        { expression: "attribute_not_exists(pk) OR storedAt < :storedAt", values: { ":storedAt": answer.storedAt } },
      );
      return "stored";
    },
    async readLease(key) {
      const item = await getItem(table, leaseKey(key));
      return item === undefined ? undefined : leaseSchema.parse(item);
    },
    acquire(key, lease, answeredAt, now) {
      return putItem(
        table,
        { ...leaseKey(key), ...lease, expiresAt: Math.ceil(lease.until / 1000) + 60 },
        {
          expression: "attribute_not_exists(pk) OR #until < :now OR startedAt <= :answeredAt",
          names: { "#until": "until" },
          values: { ":now": now, ":answeredAt": answeredAt },
        },
      );
    },
    async extend(key, lease) {
      await updateItem(table, leaseKey(key), "SET #until = :until, #open = :open", {
        expression: "holder = :holder",
        names: { "#until": "until", "#open": "open" },
        values: { ":until": lease.until, ":open": lease.open, ":holder": lease.holder },
      });
    },
  };
}
