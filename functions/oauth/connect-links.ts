import { randomBytes } from "node:crypto";
import * as z from "zod/mini";
import { Problem } from "../platform/problem.ts";
import { getItem, putItem, type StateTable, updateItem } from "../platform/state-table.ts";
import { sha256 } from "./authorisations.ts";
import type { Auth } from "./credentials.ts";

/** What a link lets whoever opens it do: begin to connect this one connection. */
export type ConnectLink = { connection: string; auth: Auth | undefined; replace: boolean };

/** How long a link waits to be opened. */
export const linkLifeMs = 600_000;

export type ConnectLinkStore = {
  /** Makes a link; the token in it is kept as a hash. */
  create(link: ConnectLink, now: number): Promise<{ token: string; expiresAt: number }>;
  /**
   * Takes the one right to open a link.
   *
   * @throws Problem `link-used` for everybody but the first, and after ten minutes
   */
  claim(token: string, now: number): Promise<ConnectLink>;
  /** Returns the right after a fault that was not the opener's. */
  release(token: string): Promise<void>;
};

const itemSchema = z.object({
  connection: z.string(),
  auth: z.optional(z.enum(["oauth1", "oauth2"])),
  replace: z.boolean(),
  endsAt: z.number(),
});

/** Keeps links in the State table under a hash of their token. */
export function createConnectLinkStore(table: StateTable): ConnectLinkStore {
  const keyOf = (token: string) => ({ pk: `CONNECT_LINK#${sha256(token)}`, sk: "-" });
  return {
    async create(link, now) {
      const token = randomBytes(32).toString("base64url");
      const endsAt = now + linkLifeMs;
      await putItem(table, { ...keyOf(token), ...link, endsAt, expiresAt: Math.ceil(endsAt / 1000) });
      return { token, expiresAt: endsAt };
    },
    async claim(token, now) {
      const item = await getItem(table, keyOf(token));
      const isTaken =
        item !== undefined &&
        (await updateItem(table, keyOf(token), "SET openedAt = :now", {
          expression: "attribute_not_exists(openedAt) AND endsAt > :now",
          values: { ":now": now },
        }));
      if (!isTaken) {
        throw new Problem(
          "link-used",
          "This link works once, for ten minutes, and has been opened or is too old. Ask the admin for another one.",
        );
      }
      const { connection, auth, replace } = itemSchema.parse(item);
      return { connection, auth, replace };
    },
    async release(token) {
      await updateItem(table, keyOf(token), "REMOVE openedAt", { expression: "attribute_exists(pk)" });
    },
  };
}
