import { logger } from "../platform/log.ts";
import { Problem } from "../platform/problem.ts";
import { type CacheWishes, isFresh } from "./cache-control.ts";
import type { CachedAnswer, CacheStore, Lease } from "./cache-store.ts";

/** What came of another process's call: its answer, nothing that can be kept, or no answer, and what is kept since. */
export type Followed =
  | { kind: "answered"; entry: CachedAnswer }
  | { kind: "open" }
  | { kind: "over"; entry?: CachedAnswer };

/** Identical calls of several processes are one: who holds the lease makes it, the others follow. */
export type CacheLeases = {
  /** `taken` where another process is making the call; `unavailable` where nobody can tell. */
  acquire(key: string, answeredAt: number): Promise<Lease | "taken" | "unavailable">;
  /** Waits for the call of another process, for an answer newer than `knownAt`. Throws `upstream-timeout` at the deadline. */
  follow(call: { key: string; wishes: CacheWishes; deadline: number }, knownAt: number): Promise<Followed>;
  /** Makes the call while the lease is kept alive; says so when its answer is of no use to those who wait. */
  hold<Made extends { kept?: CachedAnswer }>(key: string, lease: Lease, make: () => Promise<Made>): Promise<Made>;
};

export type CacheLeasesOptions = {
  store: Pick<CacheStore, "acquire" | "extend" | "readLease">;
  /** What any process has kept. */
  read: (key: string) => Promise<CachedAnswer | undefined>;
  now: () => number;
  createId: () => string;
  sleep?: (ms: number) => Promise<void>;
  /** How long a holder is believed without a sign of life. */
  leaseMs?: number;
};

/** Leases in the store that all processes share. */
export function createCacheLeases(options: CacheLeasesOptions): CacheLeases {
  const { store, read, now, createId, leaseMs = 6_000 } = options;
  const { sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms)) } = options;
  return {
    async acquire(key, answeredAt) {
      const at = now();
      const lease: Lease = { holder: createId(), startedAt: at, until: at + leaseMs, open: false };
      try {
        return (await store.acquire(key, lease, answeredAt, at)) ? lease : "taken";
      } catch (error) {
        logger.warn("cache lease unavailable", { error: error as Error });
        return "unavailable";
      }
    },
    async follow({ key, wishes, deadline }, knownAt) {
      for (let pauseMs = 40; ; pauseMs = Math.min(400, pauseMs * 1.5)) {
        const [entry, lease] = await Promise.all([read(key), store.readLease(key).catch(() => undefined)]);
        const at = now();
        if (entry !== undefined && entry.storedAt > knownAt && isFresh(entry, wishes, at)) {
          return { kind: "answered", entry };
        }
        const isOver = lease === undefined || lease.until < at || lease.startedAt <= (entry?.storedAt ?? 0);
        if (isOver) return { kind: "over", ...(entry === undefined ? {} : { entry }) };
        if (lease.open) return { kind: "open" };
        if (at >= deadline) {
          throw new Problem(
            "upstream-timeout",
            "Another caller's identical call to Upwork was not answered in time (stage: coalesce). Nothing was sent for you; call again.",
            { members: { stage: "coalesce", sent: false } },
          );
        }
        await sleep(Math.min(pauseMs, Math.max(1, deadline - at)));
      }
    },
    async hold(key, lease, make) {
      let beating: Promise<void> = Promise.resolve();
      const change = (open: boolean) =>
        store
          .extend(key, { ...lease, until: now() + leaseMs, open })
          .catch((error: Error) => logger.warn("cache lease not extended", { error }));
      const beat = setInterval(() => {
        beating = change(false);
      }, leaseMs / 3);
      let kept: CachedAnswer | undefined;
      try {
        const made = await make();
        kept = made.kept;
        return made;
      } finally {
        clearInterval(beat);
        await beating;
        if (kept === undefined) await change(true);
      }
    },
  };
}
