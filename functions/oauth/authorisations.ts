import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { getItem, putItem, type StateTable, updateItem } from "../platform/state-table.ts";
import type { KeyPair } from "./signing.ts";

/** Somebody who went to Upwork's consent page, and what must come back with them. */
export type Authorisation = {
  /** OAuth 1.0a comes back with its request token, OAuth 2.0 with the `state` that it was sent with. */
  grant: { auth: "oauth1"; requestToken: KeyPair } | { auth: "oauth2"; state: string };
  connection: string;
  /** SHA-256 of the cookie of the browser that started. */
  browserHash: string;
  /** Whether another account's connection of this name may be replaced. */
  replace: boolean;
  startedAt: number;
  state: "waiting" | "used";
};

/** A request token lives 600 s (Upwork FAQ); a consent of the other kind is given as long. */
export const requestTokenLifeMs = 600_000;

/** How long a used or expired one is remembered, so that a page can say what happened instead of "unknown". */
const rememberedMs = 24 * 3_600_000;

/** Found by what the browser brings back: a request token or a `state`. */
export type AuthorisationStore = {
  create(authorisation: Omit<Authorisation, "state">): Promise<void>;
  find(brought: string): Promise<Authorisation | undefined>;
  /** Takes the one right to exchange it; false for everybody but the first. */
  claim(brought: string): Promise<boolean>;
  /** Returns the right after a fault that left the token or code good. */
  release(brought: string): Promise<void>;
};

const itemSchema = z.object({
  grant: z.discriminatedUnion("auth", [
    z.object({ auth: z.literal("oauth1"), requestToken: z.object({ key: z.string(), secret: z.string() }) }),
    z.object({ auth: z.literal("oauth2"), state: z.string() }),
  ]),
  connection: z.string(),
  browserHash: z.string(),
  replace: z.boolean(),
  startedAt: z.number(),
  state: z.enum(["waiting", "used"]),
});

/** Keeps authorisations in the State table under a hash of what the browser brings back. */
export function createAuthorisationStore(table: StateTable): AuthorisationStore {
  const keyOf = (brought: string) => ({ pk: `AUTHORISATION#${sha256(brought)}`, sk: "-" });
  const move = (brought: string, from: string, to: string) =>
    updateItem(table, keyOf(brought), "SET #state = :to", {
      expression: "#state = :from",
      names: { "#state": "state" },
      values: { ":from": from, ":to": to },
    });
  return {
    async create(authorisation) {
      const { grant, startedAt } = authorisation;
      await putItem(table, {
        ...keyOf(grant.auth === "oauth1" ? grant.requestToken.key : grant.state),
        ...authorisation,
        state: "waiting",
        expiresAt: Math.ceil((startedAt + rememberedMs) / 1000),
      });
    },
    async find(brought) {
      const item = await getItem(table, keyOf(brought));
      return item === undefined ? undefined : itemSchema.parse(item);
    },
    claim: (brought) => move(brought, "waiting", "used"),
    async release(brought) {
      await move(brought, "used", "waiting");
    },
  };
}

/** SHA-256 in hex, for looking a secret up or comparing it without keeping it. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
