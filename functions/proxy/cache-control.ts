/** What a caller wants of the cache: the request directives of `Cache-Control` (RFC 9111 5.2.1, RFC 5861 4). */
export type CacheWishes = {
  /** Do not answer from the cache; the new answer may be kept. */
  noCache: boolean;
  /** Neither answer from the cache nor keep the answer. */
  noStore: boolean;
  /** Answer from the cache or not at all. */
  onlyIfCached: boolean;
  /** Take nothing older. */
  maxAgeSeconds?: number;
  /** How stale an answer may be when there is no other; 0 forbids stale answers. */
  staleIfErrorSeconds?: number;
};

export const noWishes: CacheWishes = { noCache: false, noStore: false, onlyIfCached: false };

/** Reads a request's `Cache-Control`; directives that mean nothing in a request are ignored. */
export function readCacheControl(header: string | undefined): CacheWishes {
  if (header === undefined) return noWishes;
  const directives = new Map(
    header.split(",").map((part) => {
      const [name = "", value = ""] = part.trim().split("=");
      return [name.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/, "$1")];
    }),
  );
  const maxAgeSeconds = seconds(directives.get("max-age"));
  const staleIfErrorSeconds = seconds(directives.get("stale-if-error"));
  return {
    noCache: directives.has("no-cache"),
    noStore: directives.has("no-store"),
    onlyIfCached: directives.has("only-if-cached"),
    ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
    ...(staleIfErrorSeconds === undefined ? {} : { staleIfErrorSeconds }),
  };
}

function seconds(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
}

/** The times of a cached answer, in ms since 1970. */
export type Times = { storedAt: number; freshUntil: number; staleUntil: number };

/** Whether a cached answer may be served as if it were new. */
export function isFresh(times: Times, wishes: CacheWishes, now: number): boolean {
  if (wishes.noCache || wishes.noStore || now >= times.freshUntil) return false;
  return wishes.maxAgeSeconds === undefined || now - times.storedAt <= wishes.maxAgeSeconds * 1000;
}

/**
 * Whether a cached answer may be served because there is no better one. Never for a caller that wants none cached; for one
 * that wants nothing older than so, only where it says too how stale an answer may be then.
 */
export function mayServeStale(times: Times, wishes: CacheWishes, now: number): boolean {
  const { noCache, noStore, maxAgeSeconds, staleIfErrorSeconds } = wishes;
  if (noCache || noStore || now >= times.staleUntil) return false;
  if (staleIfErrorSeconds !== undefined) return now < times.freshUntil + staleIfErrorSeconds * 1000;
  return maxAgeSeconds === undefined || now - times.storedAt <= maxAgeSeconds * 1000;
}
