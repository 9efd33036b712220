import * as z from "zod/mini";
import { secretNames } from "../platform/names.ts";
import { Problem } from "../platform/problem.ts";
import type { SecretStore } from "../platform/secrets.ts";
import { getItem, putItem, queryItems, type StateTable } from "../platform/state-table.ts";
import { parseJson } from "./application.ts";
import type { KeyPair } from "./signing.ts";
import type { Account } from "./upstream-oauth1.ts";

/** What is known of a connection without opening its secret. */
export type Connection = {
  name: string;
  status: "started" | "connected";
  account?: Account | undefined;
  connectedAt?: string | undefined;
};

export type ConnectionStore = {
  /** All connections, by name. */
  list(): Promise<Connection[]>;
  find(name: string): Promise<Connection | undefined>;
  /** Remembers that somebody began to connect; never changes a connected one. */
  noteStarted(name: string): Promise<void>;
  /** Stores the access token as a secret, then what may be shown of it. */
  save(name: string, token: KeyPair, account: Account, now: number): Promise<void>;
  /**
   * The access token of a connection.
   *
   * @throws Problem `connection-not-connected` or `connection-unknown`
   */
  credentials(name: string): Promise<KeyPair>;
  /** Forgets a cached access token, after an upstream 401. */
  forget(name: string): void;
};

const accountSchema = z.object({ reference: z.string(), name: z.string(), profileUrl: z.string() });
const itemSchema = z.object({
  sk: z.string(),
  status: z.enum(["started", "connected"]),
  account: z.optional(accountSchema),
  connectedAt: z.optional(z.string()),
});
const secretSchema = z.object({
  auth: z.literal("oauth1"),
  accessToken: z.string().check(z.minLength(1)),
  accessTokenSecret: z.string().check(z.minLength(1)),
});

const partition = "CONNECTION";

/** Lower-case letters, digits and dashes: safe in a URL, a header and a secret's name. */
export const connectionNamePattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

export function createConnectionStore(table: StateTable, secrets: SecretStore, prefix: string): ConnectionStore {
  const keyOf = (name: string) => ({ pk: partition, sk: name });
  const secretOf = (name: string) => secretNames.connection(prefix, name);
  const read = (item: Record<string, unknown>): Connection => {
    const { sk, ...rest } = itemSchema.parse(item);
    return { name: sk, ...rest };
  };
  const store: ConnectionStore = {
    async list() {
      return (await queryItems(table, partition)).map(read);
    },
    async find(name) {
      const item = await getItem(table, keyOf(name));
      return item === undefined ? undefined : read(item);
    },
    async noteStarted(name) {
      await putItem(table, { ...keyOf(name), status: "started" }, { expression: "attribute_not_exists(pk)" });
    },
    async save(name, token, account, now) {
      const secret = { auth: "oauth1", accessToken: token.key, accessTokenSecret: token.secret };
      await secrets.write(secretOf(name), JSON.stringify(secret));
      const connectedAt = new Date(now).toISOString();
      await putItem(table, { ...keyOf(name), status: "connected", account, connectedAt });
    },
    async credentials(name) {
      const parsed = secretSchema.safeParse(parseJson(await secrets.read(secretOf(name))));
      if (parsed.success) return { key: parsed.data.accessToken, secret: parsed.data.accessTokenSecret };
      if ((await store.find(name)) === undefined) {
        throw new Problem(
          "connection-unknown",
          `There is no connection "${name}". Create it by opening /oauth/start?connection=${name} in a browser.`,
        );
      }
      throw new Problem(
        "connection-not-connected",
        `Connection "${name}" is not connected yet. Open /oauth/start?connection=${name} in a browser and allow access.`,
      );
    },
    forget(name) {
      secrets.forget(secretOf(name));
    },
  };
  return store;
}
