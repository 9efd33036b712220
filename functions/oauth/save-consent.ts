import type { RaiseEvent } from "../platform/events.ts";
import { Problem } from "../platform/problem.ts";
import type { Account, Tenant } from "./account.ts";
import type { ConnectionStore } from "./connections.ts";
import type { TokenLeases } from "./token-lease.ts";
import type { IssuedTokens } from "./upstream-oauth2.ts";

export type SaveConsentDependencies = {
  connections: Pick<ConnectionStore, "credentials" | "forget" | "find" | "save">;
  leases: TokenLeases;
  raise?: RaiseEvent | undefined;
  now: () => number;
  createId: () => string;
};

/** What a consent brought: tokens, whose account it is, and the organisations it can act for. */
export type Consent = { issued: IssuedTokens; account: Account; tenants: Tenant[] };

/** How often a consent is written again because a refresh that began before it was late. */
const maxWrites = 3;

/**
 * Stores what a consent brought as a connection's first tokens, or in the place of those it had. A refresh that is under
 * way loses its lease first. The organisation chosen before stays chosen where it is still listed; else it is the first.
 *
 * @returns the organisation that calls are made for where they name none
 */
export async function saveConsent(
  { connections, leases, raise, now, createId }: SaveConsentDependencies,
  name: string,
  { issued, account, tenants }: Consent,
): Promise<Tenant | undefined> {
  const owner = createId();
  await leases.seize(name, owner);
  const before = await connections.find(name);
  const tenant = tenants.find(({ id }) => id === before?.tenant) ?? tenants[0];
  for (let write = 0; write < maxWrites; write += 1) {
    const version = Math.max((await leases.read(name)).version, await storedVersion(connections, name)) + 1;
    await connections.save(name, { auth: "oauth2", ...issued, version }, account, now(), {
      tenants,
      tenant: tenant?.id,
    });
    connections.forget(name);
    const stored = await connections.credentials(name);
    if (stored.auth !== "oauth2" || stored.accessToken !== issued.accessToken) continue;
    await leases.finish(name, owner, version);
    break;
  }
  if (before?.status === "needs_reauth") {
    await raise?.({
      id: `connection-healthy-${name}-${issued.issuedAt}`,
      type: "connection.healthy",
      at: now(),
      data: { connection: name },
    });
  }
  return tenant;
}

/** The version of the pair that is stored; 0 where there is none. */
async function storedVersion(connections: SaveConsentDependencies["connections"], name: string): Promise<number> {
  connections.forget(name);
  try {
    const stored = await connections.credentials(name);
    return stored.auth === "oauth2" ? stored.version : 0;
  } catch (error) {
    if (error instanceof Problem) return 0;
    throw error;
  }
}
