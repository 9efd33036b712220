import { Problem } from "../platform/problem.ts";
import type { Answer } from "./answer.ts";
import { type CacheWishes, isFresh, mayServeStale } from "./cache-control.ts";
import { type CacheLeasesOptions, createCacheLeases } from "./cache-lease.ts";
import type { CacheRule } from "./cache-rules.ts";
import type { CachedAnswer, CacheStore } from "./cache-store.ts";
import { createKeptAnswers, isKeepable } from "./kept-answers.ts";
import type { MemoryCache } from "./memory-cache.ts";

/** A call that may be answered from the cache. */
export type CacheRequest = {
  key: string;
  rule: CacheRule;
  wishes: CacheWishes;
  /** Whose budget the call spends: nobody shares the refusal of another client's share. */
  client: string;
  /** How long the caller waits for budget; who waits longer does not share the refusal of who waits less. */
  waitMs: number;
  /** When the caller must have its answer, in ms since 1970. */
  deadline: number;
  /** Spends a unit and sends the call. */
  forward: () => Promise<Forwarded>;
  /** Whether an answer that looks like data is all that was asked for, and so may be kept; it is, unless told. */
  isWhole?: (answer: Answer) => boolean;
};

/** An answer of the upstream, and when it was asked for: a late answer is not new. */
export type Forwarded = { answer: Answer; sentAt: number };

export type CacheResult = {
  answer: Answer;
  kind: "hit" | "stale" | "collapsed" | "miss";
  /** The parameters of `Cache-Status` (RFC 9211). */
  status: string;
  /** Set where the answer was kept. */
  storedAt?: number;
  etag?: string;
};

export type Caching = {
  /** Answers from the cache, from a call under way, or with a call of its own that others may share. */
  answer(request: CacheRequest): Promise<CacheResult>;
};

export type CachingOptions = Omit<CacheLeasesOptions, "read"> & {
  store: CacheStore;
  memory: MemoryCache<CachedAnswer>;
};

type Flight =
  | { kind: "forwarded"; answer: Answer; kept?: CachedAnswer; status: string }
  | { kind: "cached"; entry: CachedAnswer; status: string };

/** Upwork's limits and faults, also those that it calls a success. */
const isTrouble = (answer: Answer) =>
  answer.status === 429 || answer.status >= 500 || (answer.status === 200 && !isKeepable(answer));

/** These refusals may be hidden behind a stale answer: there is no better one now. */
const excusable = /^(quota-exceeded|upstream-|key-disabled|budget-store-unavailable)/;

/**
 * The cache in front of Upwork: in memory, then in DynamoDB. Identical calls under way become one, in this process by
 * sharing a promise, between processes by a lease that its holder keeps alive while it calls.
 */
export function createCaching(options: CachingOptions): Caching {
  const { store, memory, now } = options;
  const answers = createKeptAnswers(store, memory, now);
  const leases = createCacheLeases({ ...options, read: answers.read });
  const flights = new Map<string, { promise: Promise<Flight>; client: string; waitMs: number }>();

  async function answer(request: CacheRequest): Promise<CacheResult> {
    const { key, wishes } = request;
    const known = answers.remembered(key);
    if (known !== undefined && isFresh(known, wishes, now())) return hit(known);
    // Before all else: whoever says this, whatever they say besides, wants no unit spent.
    if (wishes.onlyIfCached) return answerOnlyIfCached(request);
    if (wishes.noStore) return resultOf(await forwardOnly(request, "fwd=request"), "miss");
    if (wishes.noCache) return resultOf(await forwardAndKeep(request, "fwd=request"), "miss");
    try {
      const result = await share(request);
      const stale = isTrouble(result.answer) ? await findStale(request) : undefined;
      return stale === undefined ? result : staleResult(stale, `upstream-${result.answer.status}`);
    } catch (error) {
      const reason = error instanceof Problem && excusable.test(error.kind) ? error.kind : undefined;
      const stale = reason === undefined ? undefined : await findStale(request);
      if (stale === undefined || reason === undefined) throw error;
      return staleResult(stale, reason);
    }
  }

  async function answerOnlyIfCached({ key, wishes }: CacheRequest): Promise<CacheResult> {
    const entry = await answers.read(key);
    if (entry !== undefined && isFresh(entry, wishes, now())) return hit(entry);
    throw new Problem("not-cached", "Cache-Control: only-if-cached was asked for, and nothing fresh is cached.");
  }

  /** Joins the same call where one is under way in this process, else makes it for all that come meanwhile. */
  async function share(request: CacheRequest): Promise<CacheResult> {
    const { key, wishes, client, waitMs } = request;
    const flight = flights.get(key);
    if (flight !== undefined) {
      try {
        const shared = await flight.promise;
        if (shared.kind === "forwarded") return { ...resultOf(shared, "collapsed"), status: "fwd=uri-miss; collapsed" };
        if (isFresh(shared.entry, wishes, now())) return hit(shared.entry);
      } catch (error) {
        const isOthersRefusal = error instanceof Problem && error.kind === "quota-exceeded" && client !== flight.client;
        // Whoever led has another share of the budget, or would not wait for it as long as this caller does.
        if (!isOthersRefusal && waitMs <= flight.waitMs) throw error;
      }
    }
    const promise = lead(request);
    const own = { promise, client, waitMs };
    flights.set(key, own);
    try {
      return resultOf(await promise, "miss");
    } finally {
      if (flights.get(key) === own) flights.delete(key);
    }
  }

  /** Reads what other processes have kept; makes the call where no other process is making it. */
  async function lead(request: CacheRequest): Promise<Flight> {
    const { key, wishes } = request;
    let stored = await answers.read(key);
    for (;;) {
      if (stored !== undefined && isFresh(stored, wishes, now())) {
        answers.remember(key, stored);
        return { kind: "cached", entry: stored, status: hitStatus(stored) };
      }
      const reason = stored === undefined ? "fwd=uri-miss" : "fwd=stale";
      const lease = await leases.acquire(key, stored?.storedAt ?? 0);
      if (lease === "unavailable") return forwardAndKeep(request, reason);
      if (lease !== "taken") return leases.hold(key, lease, () => forwardAndKeep(request, reason));
      const seen = await leases.follow(request, stored?.storedAt ?? 0);
      if (seen.kind === "answered") {
        answers.remember(key, seen.entry);
        return { kind: "cached", entry: seen.entry, status: "fwd=uri-miss; collapsed" };
      }
      if (seen.kind === "open") return forwardAndKeep(request, reason);
      stored = seen.entry;
    }
  }

  async function forwardOnly(request: CacheRequest, status: string) {
    const { answer } = await request.forward();
    return { kind: "forwarded", answer, status } as const;
  }

  async function forwardAndKeep(request: CacheRequest, status: string): Promise<Flight & { kept?: CachedAnswer }> {
    const { key, rule, forward, isWhole } = request;
    const { answer, sentAt } = await forward();
    if (!isKeepable(answer) || isWhole?.(answer) === false) return { kind: "forwarded", answer, status };
    const kept = await answers.keep(key, answer, rule, sentAt);
    return typeof kept === "string"
      ? { kind: "forwarded", answer, status: `${status}; detail=${kept}` }
      : { kind: "forwarded", answer, kept, status: `${status}; stored` };
  }

  async function findStale({ key, wishes }: CacheRequest): Promise<CachedAnswer | undefined> {
    const fits = (entry: CachedAnswer | undefined) => entry !== undefined && mayServeStale(entry, wishes, now());
    const known = answers.remembered(key);
    const entry = fits(known) ? known : await answers.read(key);
    return fits(entry) ? entry : undefined;
  }

  const hitStatus = (entry: CachedAnswer) => `hit; ttl=${Math.ceil((entry.freshUntil - now()) / 1000)}`;
  const hit = (entry: CachedAnswer) => cachedResult(entry, "hit", hitStatus(entry));
  const staleResult = (entry: CachedAnswer, reason: string) =>
    cachedResult(entry, "stale", `${hitStatus(entry)}; detail=${reason}`);

  return { answer };
}

function cachedResult(entry: CachedAnswer, kind: CacheResult["kind"], status: string): CacheResult {
  const { storedAt, etag } = entry;
  return {
    answer: { status: entry.status, headers: entry.headers, body: entry.body },
    kind,
    status,
    storedAt,
    etag,
  };
}

function resultOf(flight: Flight, kind: "miss" | "collapsed"): CacheResult {
  if (flight.kind === "cached") {
    return cachedResult(flight.entry, flight.status.startsWith("hit") ? "hit" : "collapsed", flight.status);
  }
  const { answer, status, kept } = flight;
  return { answer, kind, status, ...(kept === undefined ? {} : { storedAt: kept.storedAt, etag: kept.etag }) };
}
