import type { RaiseEvent } from "../platform/events.ts";
import { Problem } from "../platform/problem.ts";
import type { ConnectionStore } from "./connections.ts";
import type { Credentials, TokenPair } from "./credentials.ts";
import { pauseAfter } from "./renewal-rules.ts";
import type { TokenLeases } from "./token-lease.ts";
import { isTokenTrouble, TokenRefusedError } from "./token-step.ts";
import { type IssuedTokens, nextTokens, type Oauth2Provider } from "./upstream-oauth2.ts";

export type RenewalDependencies = {
  connections: Pick<ConnectionStore, "credentials" | "forget" | "find" | "saveNext" | "noteNeedsReauth">;
  leases: TokenLeases;
  /** The application and where it asks; read only when somebody asks. */
  provider: () => Promise<Oauth2Provider>;
  raise?: RaiseEvent | undefined;
  now: () => number;
  sleep: (ms: number) => Promise<void>;
  /** An id no other attempt has. */
  createId: () => string;
};

export type Renewal =
  /** There is a newer pair, whoever got it. */
  | { kind: "renewed"; pair: TokenPair }
  /** Only a new consent can help. */
  | { kind: "needs-reauth" }
  /** Somebody else is at it, and has been for longer than this caller would wait. */
  | { kind: "busy" }
  /** Upwork gave no tokens, now or a moment ago; `error` is what it said to us. */
  | { kind: "failed"; error?: unknown; retryAfterMs: number };

/** How often those who wait for another's refresh look again. */
const pollMs = 150;

/**
 * Gets a connection's next tokens, once: of all callers in all processes that have seen the same pair, one asks Upwork
 * and the others get what it stored. New tokens are used only after they are stored, so a crash at any point leaves a
 * pair that works: until then the old refresh token does, and for 24 h after it was used as well.
 *
 * @param seen the access token that is no good any more
 * @param waitMs how long to wait while another process refreshes
 * @throws Problem where the budget refuses the token call or the connection has no OAuth 2.0 tokens
 */
export async function renew(
  dependencies: RenewalDependencies,
  name: string,
  seen: string,
  waitMs: number,
): Promise<Renewal> {
  const { connections, leases, now, sleep, createId } = dependencies;
  const owner = createId();
  const deadline = now() + waitMs;
  for (;;) {
    const stored = await readPair(connections, name);
    if (stored.accessToken !== seen) return { kind: "renewed", pair: stored };
    if (await isMarked(connections, name)) return { kind: "needs-reauth" };
    if (await leases.take(name, owner, stored.version)) {
      const renewal = await renewAsOwner(dependencies, name, owner, seen);
      if (renewal !== undefined) return renewal;
    }
    // Until the lease is free or another pair is stored there is nothing to do, and nothing else is looked at.
    for (;;) {
      const lease = await leases.read(name);
      if (lease.version > stored.version || lease.heldUntil <= now()) break;
      if (lease.heldBy === undefined) return { kind: "failed", retryAfterMs: lease.heldUntil - now() };
      if (now() >= deadline) return { kind: "busy" };
      await sleep(pollMs);
    }
    // Secrets Manager may still answer with the old pair for a moment; that must not become a busy loop.
    if (now() >= deadline) return { kind: "busy" };
    await sleep(pollMs);
  }
}

/** What the holder of the lease does; `undefined` when it lost the lease on the way and must look again. */
async function renewAsOwner(
  dependencies: RenewalDependencies,
  name: string,
  owner: string,
  seen: string,
): Promise<Renewal | undefined> {
  const { connections, leases, provider } = dependencies;
  // The holder before may have stored a pair and died before it could say so.
  const stored = await readPair(connections, name);
  if (stored.accessToken !== seen) {
    await leases.finish(name, owner, stored.version);
    return { kind: "renewed", pair: stored };
  }
  if (await isMarked(connections, name)) {
    await leases.finish(name, owner, stored.version);
    return { kind: "needs-reauth" };
  }
  let issued: IssuedTokens;
  try {
    issued = await nextTokens(await provider(), stored.refreshToken);
  } catch (error) {
    return afterFailure(dependencies, name, owner, stored, error);
  }
  // A process that was frozen for longer than its lease may stand before a connection that was made anew.
  if (!(await leases.keep(name, owner))) return undefined;
  const next: TokenPair = { ...issued, version: stored.version + 1 };
  const isOurs = await connections.saveNext(name, next, stored);
  const latest = isOurs ? next : await readPair(connections, name);
  await leases.finish(name, owner, latest.version);
  return latest.accessToken === seen ? undefined : { kind: "renewed", pair: latest };
}

async function afterFailure(
  { connections, leases, raise, now }: RenewalDependencies,
  name: string,
  owner: string,
  stored: TokenPair,
  error: unknown,
): Promise<Renewal> {
  if (error instanceof TokenRefusedError && error.code === "invalid_grant") {
    // Somebody may have stored another pair meanwhile, who held the lease before us and was slow.
    const latest = await readPair(connections, name);
    if (latest.accessToken !== stored.accessToken) {
      await leases.finish(name, owner, latest.version);
      return { kind: "renewed", pair: latest };
    }
    await raise?.({
      id: `connection-needs-reauth-${name}-${stored.issuedAt}`,
      type: "connection.needs_reauth",
      at: now(),
      data: { connection: name, start: `/oauth/start?connection=${name}` },
    });
    await connections.noteNeedsReauth(name);
    // Only now, so that whoever takes the lease next finds the mark.
    await leases.finish(name, owner, stored.version);
    return { kind: "needs-reauth" };
  }
  if (error instanceof Problem) {
    // Refused before anything was sent, and perhaps only to this caller: others need not pause.
    await leases.finish(name, owner, stored.version);
    throw error;
  }
  const pauseMs = pauseAfter((await leases.read(name)).failures + 1);
  await leases.pause(name, owner, pauseMs);
  if (!isTokenTrouble(error)) throw error;
  return { kind: "failed", error, retryAfterMs: pauseMs };
}

async function isMarked(connections: Pick<ConnectionStore, "find">, name: string): Promise<boolean> {
  return (await connections.find(name))?.status === "needs_reauth";
}

/** The pair as it is stored now, whatever this process remembers. */
async function readPair(connections: Pick<ConnectionStore, "credentials" | "forget">, name: string) {
  connections.forget(name);
  const credentials: Credentials = await connections.credentials(name);
  if (credentials.auth === "oauth2") return credentials;
  throw new Problem(
    "connection-not-connected",
    `Connection "${name}" is an OAuth 1.0a connection; its token never ends.`,
  );
}
