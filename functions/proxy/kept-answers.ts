import { logger } from "../platform/log.ts";
import type { Answer } from "./answer.ts";
import { entityTag } from "./cache-key.ts";
import { type CacheRule, maxCachedSeconds } from "./cache-rules.ts";
import type { CachedAnswer, CacheStore } from "./cache-store.ts";
import type { MemoryCache } from "./memory-cache.ts";

/** Answers that may be given again. Whatever happens to their store, it is never the reason why a call fails. */
export type KeptAnswers = {
  /** What this process remembers. */
  remembered(key: string): CachedAnswer | undefined;
  /** Remembers what another process has kept. */
  remember(key: string, entry: CachedAnswer): void;
  /** What any process has kept; nothing where the store cannot be read. */
  read(key: string): Promise<CachedAnswer | undefined>;
  /** Keeps an answer for all processes. The reason is for `Cache-Status`: why it was not kept although it might be. */
  keep(key: string, answer: Answer, rule: CacheRule, sentAt: number): Promise<CachedAnswer | "too-large" | "failed">;
};

/** Answers in this process's memory, then in the store that all processes share. */
export function createKeptAnswers(
  store: Pick<CacheStore, "read" | "write">,
  memory: MemoryCache<CachedAnswer>,
  now: () => number,
): KeptAnswers {
  function remember(key: string, entry: CachedAnswer): void {
    memory.set(key, entry, entry.body.byteLength + JSON.stringify(entry.headers).length);
  }
  return {
    remembered: (key) => memory.get(key),
    remember,
    async read(key) {
      try {
        const entry = await store.read(key);
        return entry !== undefined && now() < entry.staleUntil ? entry : undefined;
      } catch (error) {
        logger.warn("cache unavailable", { error: error as Error });
        return undefined;
      }
    },
    async keep(key, answer, rule, sentAt) {
      const entry = entryOf(answer, rule, sentAt);
      const written = await store.write(key, entry).catch((error: Error) => {
        logger.warn("answer not cached", { error });
        return "failed" as const;
      });
      if (written !== "stored") return written;
      remember(key, entry);
      return entry;
    },
  };
}

/**
 * Only what looks like data is kept. Upwork has been seen to answer "Service temporarily unavailable" with 200.
 * Its own `Cache-Control` does not decide: the rules do.
 */
export function isKeepable({ status, headers, body }: Answer): boolean {
  if (status !== 200) return false;
  const first = Buffer.from(body.subarray(0, 64)).toString("utf8").trimStart()[0];
  const type = headers["content-type"] ?? "";
  return /json/i.test(type) ? first === "{" || first === "[" : /xml/i.test(type) && first === "<";
}

function entryOf(answer: Answer, rule: CacheRule, sentAt: number): CachedAnswer {
  const freshUntil = sentAt + rule.ttlSeconds * 1000;
  return {
    ...answer,
    etag: answer.headers.etag ?? entityTag(answer.body),
    storedAt: sentAt,
    freshUntil,
    staleUntil: Math.min(freshUntil + rule.staleSeconds * 1000, sentAt + maxCachedSeconds * 1000),
  };
}
