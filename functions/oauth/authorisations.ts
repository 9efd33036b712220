import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { getItem, putItem, type StateTable, updateItem } from "../platform/state-table.ts";
import type { KeyPair } from "./signing.ts";

/** A request token that waits for its owner to come back from the consent page. */
export type Authorisation = {
  requestToken: KeyPair;
  connection: string;
  /** SHA-256 of the cookie of the browser that started. */
  browserHash: string;
  /** Whether another account's connection of this name may be replaced. */
  replace: boolean;
  startedAt: number;
  state: "waiting" | "used";
};

/** A request token lives 600 s (Upwork FAQ). */
export const requestTokenLifeMs = 600_000;

/** How long a used or expired one is remembered, so that a page can say what happened instead of "unknown". */
const rememberedMs = 24 * 3_600_000;

export type AuthorisationStore = {
  create(authorisation: Omit<Authorisation, "state">): Promise<void>;
  find(requestToken: string): Promise<Authorisation | undefined>;
  /** Takes the one right to exchange this token; false for everybody but the first. */
  claim(requestToken: string): Promise<boolean>;
  /** Returns the right after a fault that left the token good. */
  release(requestToken: string): Promise<void>;
};

const itemSchema = z.object({
  tokenKey: z.string(),
  tokenSecret: z.string(),
  connection: z.string(),
  browserHash: z.string(),
  replace: z.boolean(),
  startedAt: z.number(),
  state: z.enum(["waiting", "used"]),
});

export function createAuthorisationStore(table: StateTable): AuthorisationStore {
  const keyOf = (requestToken: string) => ({ pk: `AUTHORISATION#${sha256(requestToken)}`, sk: "-" });
  const move = (requestToken: string, from: string, to: string) =>
    updateItem(table, keyOf(requestToken), "SET #state = :to", {
      expression: "#state = :from",
      names: { "#state": "state" },
      values: { ":from": from, ":to": to },
    });
  return {
    async create({ requestToken, ...rest }) {
      await putItem(table, {
        ...keyOf(requestToken.key),
        ...rest,
        tokenKey: requestToken.key,
        tokenSecret: requestToken.secret,
        state: "waiting",
        expiresAt: Math.ceil((rest.startedAt + rememberedMs) / 1000),
      });
    },
    async find(requestToken) {
      const item = await getItem(table, keyOf(requestToken));
      if (item === undefined) return undefined;
      const { tokenKey, tokenSecret, ...rest } = itemSchema.parse(item);
      return { ...rest, requestToken: { key: tokenKey, secret: tokenSecret } };
    },
    claim: (requestToken) => move(requestToken, "waiting", "used"),
    async release(requestToken) {
      await move(requestToken, "used", "waiting");
    },
  };
}

/** SHA-256 in hex, for looking a secret up or comparing it without keeping it. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
