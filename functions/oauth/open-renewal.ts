import { randomUUID } from "node:crypto";
import type { Config } from "../platform/config.ts";
import type { RaiseEvent } from "../platform/events.ts";
import { secretNames } from "../platform/names.ts";
import type { SecretStore } from "../platform/secrets.ts";
import type { StateTable } from "../platform/state-table.ts";
import { readOauth2Application } from "./application.ts";
import type { ConnectionStore } from "./connections.ts";
import type { RenewalDependencies } from "./renewal.ts";
import { createTokenLeases } from "./token-lease.ts";
import type { Spend } from "./token-step.ts";

/** A token call takes a third of a second as a rule; a call that waits for one has 27 s in all. */
const tokenTimeoutMs = 8_000;
/**
 * Longer than what they are for, so that a lease runs out only when its holder is gone: some reads and the budget's write;
 * a token call and the write after it.
 */
const leaseLives = { lookMs: 4_000, askMs: 12_000 };

/** What every function of a deployment gets new tokens with. */
export function openRenewal(
  config: Config,
  parts: { table: StateTable; secrets: SecretStore; connections: ConnectionStore; spend: Spend; raise?: RaiseEvent },
): RenewalDependencies & { connections: ConnectionStore } {
  const { table, secrets, connections, spend, raise } = parts;
  const { secretPrefix } = config;
  return {
    connections,
    leases: createTokenLeases(table, leaseLives, Date.now),
    provider: async () => ({
      origin: config.upstream,
      graphqlOrigin: config.graphqlUpstream,
      application: await readOauth2Application(secrets, secretPrefix),
      timeoutMs: Math.min(config.upstreamTimeoutMs, tokenTimeoutMs),
      now: Date.now,
      async spend(send) {
        const answer = await spend(send);
        // The application's secret may have been rotated since this process read it; the next token call reads it anew.
        if (answer.status === 400 || answer.status === 401) secrets.forget(secretNames.oauth2Application(secretPrefix));
        return answer;
      },
    }),
    raise,
    now: Date.now,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    createId: randomUUID,
  };
}
