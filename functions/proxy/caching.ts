import { logger } from "../platform/log.ts";
import { Problem } from "../platform/problem.ts";
import type { Answer } from "./answer.ts";
import { type CacheWishes, isFresh, mayServeStale } from "./cache-control.ts";
import { entityTag } from "./cache-key.ts";
import { type CacheRule, maxCachedSeconds } from "./cache-rules.ts";
import type { CachedAnswer, CacheStore, Lease } from "./cache-store.ts";
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

export type CachingOptions = {
  store: CacheStore;
  memory: MemoryCache<CachedAnswer>;
  now: () => number;
  createId: () => string;
  sleep?: (ms: number) => Promise<void>;
  /** How long a leader is believed without a sign of life. */
  leaseMs?: number;
};

type Flight =
  | { kind: "forwarded"; answer: Answer; kept?: CachedAnswer; status: string }
  | { kind: "cached"; entry: CachedAnswer; status: string };

/** These refusals may be hidden behind a stale answer: there is no better one now. */
const excusable = /^(quota-exceeded|upstream-|key-disabled|budget-store-unavailable)/;

/**
 * The cache in front of Upwork: in memory, then in DynamoDB. Identical calls under way become one, in this process by
 * sharing a promise, between processes by a lease that its holder keeps alive while it calls.
 */
export function createCaching(options: CachingOptions): Caching {
  const { store, memory, now, createId, leaseMs = 6_000 } = options;
  const { sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms)) } = options;
  const flights = new Map<string, { promise: Promise<Flight>; client: string; waitMs: number }>();

  async function answer(request: CacheRequest): Promise<CacheResult> {
    const { key, wishes } = request;
    const known = memory.get(key);
    if (known !== undefined && isFresh(known, wishes, now())) return hit(known);
    if (wishes.noStore) return resultOf(await forwardOnly(request, "fwd=request"), "miss");
    if (wishes.noCache) return resultOf(await forwardAndKeep(request, "fwd=request"), "miss");
    if (wishes.onlyIfCached) return answerOnlyIfCached(request);
    try {
      const result = await share(request);
      const stale = result.answer.status === 429 || result.answer.status >= 500 ? await findStale(request) : undefined;
      return stale === undefined ? result : staleResult(stale, `upstream-${result.answer.status}`);
    } catch (error) {
      const reason = error instanceof Problem && excusable.test(error.kind) ? error.kind : undefined;
      const stale = reason === undefined ? undefined : await findStale(request);
      if (stale === undefined || reason === undefined) throw error;
      return staleResult(stale, reason);
    }
  }

  async function answerOnlyIfCached({ key, wishes }: CacheRequest): Promise<CacheResult> {
    const entry = await read(key);
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
    let stored = await read(key);
    for (;;) {
      if (stored !== undefined && isFresh(stored, wishes, now())) {
        remember(key, stored);
        return { kind: "cached", entry: stored, status: hitStatus(stored) };
      }
      const reason = stored === undefined ? "fwd=uri-miss" : "fwd=stale";
      const lease = await acquire(key, stored?.storedAt ?? 0);
      if (lease === "unavailable") return forwardAndKeep(request, reason);
      if (lease !== "taken") return forwardHolding(request, lease, reason);
      const seen = await follow(request, stored?.storedAt ?? 0);
      if (seen.kind === "answered") {
        remember(key, seen.entry);
        return { kind: "cached", entry: seen.entry, status: "fwd=uri-miss; collapsed" };
      }
      if (seen.kind === "open") return forwardAndKeep(request, reason);
      stored = seen.entry;
    }
  }

  async function acquire(key: string, answeredAt: number): Promise<Lease | "taken" | "unavailable"> {
    const at = now();
    const lease: Lease = { holder: createId(), startedAt: at, until: at + leaseMs, open: false };
    try {
      return (await store.acquire(key, lease, answeredAt, at)) ? lease : "taken";
    } catch (error) {
      logger.warn("cache lease unavailable", { error: error as Error });
      return "unavailable";
    }
  }

  /** Waits for the call of another process: for its answer, or for the news that there will be none. */
  async function follow(
    { key, wishes, deadline }: CacheRequest,
    knownAt: number,
  ): Promise<{ kind: "answered"; entry: CachedAnswer } | { kind: "open" } | { kind: "over"; entry?: CachedAnswer }> {
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
          "Another caller's identical call to Upwork was not answered in time (stage: coalesce). Nothing was sent.",
          { members: { stage: "coalesce", sent: false } },
        );
      }
      await sleep(Math.min(pauseMs, Math.max(1, deadline - at)));
    }
  }

  /** Makes the call while the lease is kept alive; says so when its answer is of no use to those who wait. */
  async function forwardHolding(request: CacheRequest, lease: Lease, reason: string): Promise<Flight> {
    let beating: Promise<void> = Promise.resolve();
    const change = (open: boolean) =>
      store
        .extend(request.key, { ...lease, until: now() + leaseMs, open })
        .catch((error: Error) => logger.warn("cache lease not extended", { error }));
    const beat = setInterval(() => {
      beating = change(false);
    }, leaseMs / 3);
    let kept: CachedAnswer | undefined;
    try {
      const flight = await forwardAndKeep(request, reason);
      kept = flight.kept;
      return flight;
    } finally {
      clearInterval(beat);
      await beating;
      if (kept === undefined) await change(true);
    }
  }

  async function forwardOnly(request: CacheRequest, status: string) {
    const { answer } = await request.forward();
    return { kind: "forwarded", answer, status } as const;
  }

  async function forwardAndKeep(request: CacheRequest, status: string): Promise<Flight & { kept?: CachedAnswer }> {
    const { answer, sentAt } = await request.forward();
    if (!isKeepable(answer) || request.isWhole?.(answer) === false) return { kind: "forwarded", answer, status };
    const entry = entryOf(answer, request.rule, sentAt);
    const written = await store.write(request.key, entry).catch((error: Error) => {
      logger.warn("answer not cached", { error });
      return "failed" as const;
    });
    if (written !== "stored") return { kind: "forwarded", answer, status: `${status}; detail=${written}` };
    remember(request.key, entry);
    return { kind: "forwarded", answer, kept: entry, status: `${status}; stored` };
  }

  /** A store that cannot be read is an empty one: the cache must never be the reason why a call fails. */
  async function read(key: string): Promise<CachedAnswer | undefined> {
    try {
      const entry = await store.read(key);
      return entry !== undefined && now() < entry.staleUntil ? entry : undefined;
    } catch (error) {
      logger.warn("cache unavailable", { error: error as Error });
      return undefined;
    }
  }

  async function findStale({ key, wishes }: CacheRequest): Promise<CachedAnswer | undefined> {
    const entry = memory.get(key) ?? (await read(key));
    return entry !== undefined && mayServeStale(entry, wishes, now()) ? entry : undefined;
  }

  const remember = (key: string, entry: CachedAnswer) =>
    memory.set(key, entry, entry.body.byteLength + JSON.stringify(entry.headers).length);
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

/**
 * Only what looks like data is kept. Upwork has been seen to answer "Service temporarily unavailable" with 200.
 * Its own `Cache-Control` does not decide: the rules do.
 */
function isKeepable({ status, headers, body }: Answer): boolean {
  if (status !== 200) return false;
  const first = Buffer.from(body).toString("utf8", 0, 64).trimStart()[0];
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
