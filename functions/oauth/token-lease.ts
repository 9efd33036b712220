import * as z from "zod/mini";
import { deleteItem, getItem, type StateTable, updateItem } from "../platform/state-table.ts";

/** Who may get new tokens for a connection right now, and which of its pairs was stored last. */
export type TokenLease = {
  /** Version of the newest pair that is stored. */
  version: number;
  /** Until when (ms since 1970) nobody else may take it; with no holder, a pause after a failure. */
  heldUntil: number;
  heldBy?: string | undefined;
  failures: number;
};

/**
 * One lease a connection, so that of any number of Lambdas one refreshes. The version fences it: whoever has seen an
 * older pair than the newest stored cannot take it.
 */
export type TokenLeases = {
  read(name: string): Promise<TokenLease>;
  /** Takes the lease to look, for somebody who has seen pair `version`; false when it is held, pausing or further on. */
  take(name: string, owner: string, version: number): Promise<boolean>;
  /** Makes a held lease last for the token call and the write after it; false when it has been lost. */
  keep(name: string, owner: string): Promise<boolean>;
  /** Gives the lease back after pair `version` was stored. */
  finish(name: string, owner: string, version: number): Promise<void>;
  /** Gives the lease back after a failure; nobody may take it for `pauseMs`. */
  pause(name: string, owner: string, pauseMs: number): Promise<void>;
};

const itemSchema = z.object({
  tokenVersion: z._default(z.number(), 0),
  heldUntil: z._default(z.number(), 0),
  heldBy: z.optional(z.string()),
  failures: z._default(z.number(), 0),
});

const keyOf = (name: string) => ({ pk: "TOKEN-LEASE", sk: name });

/** Deletes the lease of a connection that is deleted. A refresh that is under way finds that it has lost it. */
export async function removeTokenLease(table: StateTable, name: string): Promise<void> {
  await deleteItem(table, keyOf(name));
}

/** The place of the newest credentials of a connection that the lease knows of; 0 before any. */
export async function tokenVersionOf(table: StateTable, name: string): Promise<number> {
  return itemSchema.parse((await getItem(table, keyOf(name))) ?? {}).tokenVersion;
}

/**
 * Starts anew after a consent stored credentials as the `version`-th: whoever holds the lease loses it, a pause ends, and
 * those who wait see that there is something new.
 */
export async function renewTokenLease(table: StateTable, name: string, version: number): Promise<void> {
  await updateItem(table, keyOf(name), "SET tokenVersion = :version REMOVE heldBy, heldUntil, failures", {
    expression: "attribute_not_exists(tokenVersion) OR tokenVersion < :version",
    values: { ":version": version },
  });
}

/** How long a lease lasts, in ms: while its holder looks at what is stored, and while it asks Upwork and stores. */
export type LeaseLives = { lookMs: number; askMs: number };

/** Keeps leases in the State table; one that nobody renews ends after `leaseMs`. */
export function createTokenLeases(table: StateTable, { lookMs, askMs }: LeaseLives, now: () => number): TokenLeases {
  return {
    async read(name) {
      const { tokenVersion, ...rest } = itemSchema.parse((await getItem(table, keyOf(name))) ?? {});
      return { version: tokenVersion, ...rest };
    },
    take(name, owner, version) {
      const at = now();
      return updateItem(table, keyOf(name), "SET heldBy = :owner, heldUntil = :until", {
        expression:
          "(attribute_not_exists(heldUntil) OR heldUntil <= :now) AND (attribute_not_exists(tokenVersion) OR tokenVersion <= :version)",
        values: { ":owner": owner, ":until": at + lookMs, ":now": at, ":version": version },
      });
    },
    keep(name, owner) {
      return updateItem(table, keyOf(name), "SET heldUntil = :until", {
        expression: "heldBy = :owner",
        values: { ":until": now() + askMs, ":owner": owner },
      });
    },
    async finish(name, owner, version) {
      await updateItem(table, keyOf(name), "SET tokenVersion = :version REMOVE heldBy, heldUntil, failures", {
        expression: "heldBy = :owner",
        values: { ":version": version, ":owner": owner },
      });
    },
    async pause(name, owner, pauseMs) {
      const update = "SET heldUntil = :until, failures = if_not_exists(failures, :none) + :one REMOVE heldBy";
      await updateItem(table, keyOf(name), update, {
        expression: "heldBy = :owner",
        values: { ":until": now() + pauseMs, ":none": 0, ":one": 1, ":owner": owner },
      });
    },
  };
}
