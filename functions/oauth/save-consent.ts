import type { RaiseEvent } from "../platform/events.ts";
import type { Account, Tenant } from "./account.ts";
import type { ConnectionStore } from "./connections.ts";
import type { NewCredentials } from "./credentials.ts";

export type SaveConsentDependencies = {
  connections: Pick<ConnectionStore, "find" | "save">;
  raise?: RaiseEvent | undefined;
  now: () => number;
};

/** What a consent brought: credentials, whose account it is, and the organisations they can act for (OAuth 2.0). */
export type Consent = { credentials: NewCredentials; account: Account; tenants: Tenant[] };

/**
 * Stores what a consent brought as a connection's first credentials, or in the place of those it had; it wins over a
 * refresh that is under way. The organisation chosen before stays chosen where it is still listed; else it is the first.
 *
 * @returns the organisation that calls are made for where they name none
 */
export async function saveConsent(
  { connections, raise, now }: SaveConsentDependencies,
  name: string,
  { credentials, account, tenants }: Consent,
): Promise<Tenant | undefined> {
  const at = now();
  const before = await connections.find(name);
  const tenant = tenants.find(({ id }) => id === before?.tenant) ?? tenants[0];
  const organisations = credentials.auth === "oauth2" ? { tenants, tenant: tenant?.id } : {};
  await connections.save(name, credentials, account, at, organisations);
  if (before?.status === "needs_reauth") {
    await raise?.({
      id: `connection-healthy-${name}-${at}`,
      type: "connection.healthy",
      at,
      data: { connection: name },
    });
  }
  return tenant;
}
