import { logger } from "../platform/log.ts";
import { Problem } from "../platform/problem.ts";
import type { ConnectionStore } from "./connections.ts";
import { type RenewalDependencies, renew } from "./renewal.ts";
import { isDue } from "./renewal-rules.ts";

/** What became of the connections that were due, by name. */
export type RefreshReport = { refreshed: string[]; needsReauth: string[]; notNow: string[] };

/**
 * Gets new tokens for every connection whose access token ends within `earlyMs`, also one that nobody uses: a refresh
 * token that is not used for 14 days dies (Upwork). One connection's trouble is not another's.
 */
export async function refreshDue(
  dependencies: RenewalDependencies & { connections: Pick<ConnectionStore, "list"> },
  earlyMs: number,
): Promise<RefreshReport> {
  const { connections, now } = dependencies;
  const report: RefreshReport = { refreshed: [], needsReauth: [], notNow: [] };
  for (const { name, auth, status } of await connections.list()) {
    if (auth !== "oauth2" || status !== "connected") continue;
    try {
      const { credentials } = await connections.stored(name);
      if (credentials.auth !== "oauth2" || !isDue(credentials, now(), earlyMs)) continue;
      // Whoever holds the lease does this work already.
      const { kind } = await renew(dependencies, name, credentials, 0);
      report[kind === "renewed" ? "refreshed" : kind === "needs-reauth" ? "needsReauth" : "notNow"].push(name);
    } catch (error) {
      // A secret that cannot be read, say one that is scheduled for deletion, ends no other connection's tokens.
      if (!(error instanceof Problem)) logger.error("refresh failed", { connection: name, error: error as Error });
      report.notNow.push(name);
    }
  }
  return report;
}
