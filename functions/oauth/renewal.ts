import type { RaiseEvent } from "../platform/events.ts";
import { logger } from "../platform/log.ts";
import { Problem } from "../platform/problem.ts";
import type { StoredSecret } from "../platform/secrets.ts";
import type { Connection, ConnectionStore } from "./connections.ts";
import { isSamePair, type TokenPair } from "./credentials.ts";
import { isBrief, pauseAfter } from "./renewal-rules.ts";
import type { TokenLeases } from "./token-lease.ts";
import { isTokenTrouble, TokenRefusedError } from "./token-step.ts";
import { nextTokens, type Oauth2Provider } from "./upstream-oauth2.ts";

export type RenewalDependencies = {
  connections: Pick<ConnectionStore, "credentials" | "stored" | "forget" | "find" | "saveNext" | "noteNeedsReauth">;
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

/** How often those who wait for another's refresh look at the lease again. */
const pollMs = 150;
/** How often they look at the tokens as well: who stored them may have died before it could say so. */
const lookMs = 1_000;

/**
 * Gets a connection's next tokens, once: of all callers in all processes that have seen the same pair, one asks Upwork
 * and the others get what it stored. New tokens are used only after they are stored, so a crash at any point leaves a
 * pair that works: until then the old refresh token does, and for 24 h after it was used as well.
 *
 * @param seen the pair that is no good any more
 * @param waitMs how long to wait while another process refreshes, or for a brief pause to end
 * @throws Problem where the budget refuses the token call or the connection has no OAuth 2.0 tokens
 */
export async function renew(
  dependencies: RenewalDependencies,
  name: string,
  seen: TokenPair,
  waitMs: number,
): Promise<Renewal> {
  const { connections, leases, now, sleep, createId } = dependencies;
  const owner = createId();
  const deadline = now() + waitMs;
  for (;;) {
    const { pair } = await readPair(connections, name);
    if (!isSamePair(pair, seen)) return { kind: "renewed", pair };
    if ((await connections.find(name))?.status === "needs_reauth") return { kind: "needs-reauth" };
    if (await leases.take(name, owner, pair.version)) {
      const renewal = await renewAsOwner(dependencies, name, owner, seen);
      if (renewal !== undefined && !(mayPass(renewal) && now() + renewal.retryAfterMs <= deadline)) return renewal;
    }
    // Until the lease is free or another pair is stored there is nothing to do.
    for (let lookAt = now() + lookMs; now() < lookAt; ) {
      const lease = await leases.read(name);
      const leftMs = lease.heldUntil - now();
      if (lease.version > pair.version || leftMs <= 0) break;
      const isWorthWaiting = lease.heldBy !== undefined || (isBrief(leftMs) && lease.heldUntil <= deadline);
      if (!isWorthWaiting) return { kind: "failed", retryAfterMs: leftMs };
      if (now() >= deadline) return { kind: "busy" };
      await sleep(pollMs);
    }
    // Secrets Manager may still answer with the old pair for a moment; that must not become a busy loop.
    if (now() >= deadline) return { kind: "busy" };
    await sleep(pollMs);
  }
}

/** The first failure of a row may be over when its pause is, be it Upwork's or an application's secret that was rotated. */
function mayPass(renewal: Renewal): renewal is Extract<Renewal, { kind: "failed" }> {
  return renewal.kind === "failed" && isBrief(renewal.retryAfterMs);
}

/** What the holder of the lease does; `undefined` when somebody else was faster on the way, so that it must look again. */
async function renewAsOwner(
  dependencies: RenewalDependencies,
  name: string,
  owner: string,
  seen: TokenPair,
): Promise<Renewal | undefined> {
  const { connections, leases, provider } = dependencies;
  // The holder before may have stored a pair, or the mark, and died before it could say so.
  const { pair, secret } = await readPair(connections, name);
  const connection: Attempt["connection"] = (await connections.find(name)) ?? { name };
  if (!isSamePair(pair, seen) || connection.status === "needs_reauth") {
    await leases.finish(name, owner, pair.version);
    return isSamePair(pair, seen) ? { kind: "needs-reauth" } : { kind: "renewed", pair };
  }
  let next: TokenPair;
  let isStored: boolean;
  try {
    const asked = await provider();
    // Whoever was frozen for longer than its lease sends nothing: another is at it.
    if (!(await leases.keep(name, owner))) return undefined;
    next = { ...(await nextTokens(asked, pair.refreshToken)), version: pair.version + 1 };
    // Nothing comes between the answer and this one write: whoever dies in between loses tokens that nobody else knows.
    isStored = await connections.saveNext(name, next, secret);
  } catch (error) {
    return afterFailure(dependencies, { connection, owner, pair }, error);
  }
  // There is a successor now, ours or another: who still sees the old pair must not ask Upwork again. Where that cannot be
  // said, they find out when the lease has ended.
  await leases.finish(name, owner, next.version).catch((error: Error) => {
    logger.warn("token lease not given back", { connection: name, error });
  });
  if (isStored) return { kind: "renewed", pair: next };
  const latest = await readPair(connections, name);
  return isSamePair(latest.pair, seen) ? undefined : { kind: "renewed", pair: latest.pair };
}

/** Who asked for tokens, over what, with which pair. */
type Attempt = {
  connection: Pick<Connection, "name" | "connectedAt"> & { status?: Connection["status"] };
  owner: string;
  pair: TokenPair;
};

async function afterFailure(
  dependencies: RenewalDependencies,
  attempt: Attempt,
  error: unknown,
): Promise<Renewal | undefined> {
  const { leases } = dependencies;
  const { connection, owner, pair } = attempt;
  const { name } = connection;
  if (error instanceof TokenRefusedError && error.code === "invalid_grant") return afterDeath(dependencies, attempt);
  if (error instanceof Problem) {
    // Refused before anything was sent, and perhaps only to this caller: others need not pause.
    await leases.finish(name, owner, pair.version);
    throw error;
  }
  const pauseMs = pauseAfter((await leases.read(name)).failures + 1);
  await leases.pause(name, owner, pauseMs);
  if (!isTokenTrouble(error)) throw error;
  return { kind: "failed", error, retryAfterMs: pauseMs };
}

/** The refresh token is dead: marks the connection, unless that was said of tokens that are not the stored ones any more. */
async function afterDeath(
  { connections, leases, raise, now }: RenewalDependencies,
  { connection, owner, pair: seen }: Attempt,
): Promise<Renewal | undefined> {
  const { name } = connection;
  // Somebody may have stored another pair meanwhile, who held the lease before us and was slow.
  const { pair } = await readPair(connections, name);
  if (!isSamePair(pair, seen)) {
    await leases.finish(name, owner, pair.version);
    return { kind: "renewed", pair };
  }
  await raise?.({
    id: `connection-needs-reauth-${name}-${pair.issuedAt}`,
    type: "connection.needs_reauth",
    at: now(),
    data: { connection: name, start: `/oauth/start?connection=${name}` },
  });
  const isMarked = await connections.noteNeedsReauth(connection);
  // Only now, so that whoever takes the lease next finds the mark.
  await leases.finish(name, owner, pair.version);
  return isMarked ? { kind: "needs-reauth" } : undefined;
}

/** The pair as it is stored now, whatever this process remembers. */
async function readPair(
  connections: Pick<ConnectionStore, "stored">,
  name: string,
): Promise<{ pair: TokenPair; secret: StoredSecret }> {
  const { credentials, secret } = await connections.stored(name);
  if (credentials.auth === "oauth2") return { pair: credentials, secret };
  throw new Problem(
    "connection-not-connected",
    `Connection "${name}" is an OAuth 1.0a connection; its token never ends.`,
  );
}
