import * as z from "zod/mini";
import { secretNames } from "../platform/names.ts";
import { Problem } from "../platform/problem.ts";
import type { SecretStore } from "../platform/secrets.ts";
import { getItem, putItem, queryItems, type StateTable } from "../platform/state-table.ts";
import { parseJson } from "./application.ts";
import { type Auth, type Credentials, readCredentials, writeCredentials } from "./credentials.ts";
import type { Account } from "./upstream-oauth1.ts";

/** What is known of a connection without opening its secret. */
export type Connection = {
  name: string;
  /** Which generation of Upwork's API its token opens: REST behind OAuth 1.0a, or GraphQL behind OAuth 2.0. */
  auth: Auth;
  /** `needs_reauth`: Upwork takes its tokens no longer, and only a person in a browser can change that. */
  status: "started" | "connected" | "needs_reauth";
  account?: Account | undefined;
  connectedAt?: string | undefined;
};

export type ConnectionStore = {
  /** All connections, by name. */
  list(): Promise<Connection[]>;
  find(name: string): Promise<Connection | undefined>;
  /** Remembers that somebody began to connect; never changes a connected one. */
  noteStarted(name: string, auth: Auth): Promise<void>;
  /** Stores the credentials as a secret, then what may be shown of them. */
  save(name: string, credentials: Credentials, account: Account, now: number): Promise<void>;
  /**
   * What calls over this connection are signed with, or carry.
   *
   * @throws Problem `connection-not-connected` or `connection-unknown`
   */
  credentials(name: string): Promise<Credentials>;
  /** Forgets cached credentials, after an upstream 401. */
  forget(name: string): void;
};

const accountSchema = z.object({ reference: z.string(), name: z.string(), profileUrl: z.string() });
const itemSchema = z.object({
  sk: z.string(),
  // Items from before there was a choice have none.
  auth: z._default(z.enum(["oauth1", "oauth2"]), "oauth1"),
  status: z.enum(["started", "connected", "needs_reauth"]),
  account: z.optional(accountSchema),
  connectedAt: z.optional(z.string()),
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
    async noteStarted(name, auth) {
      await putItem(table, { ...keyOf(name), auth, status: "started" }, { expression: "attribute_not_exists(pk)" });
    },
    async save(name, credentials, account, now) {
      await secrets.write(secretOf(name), writeCredentials(credentials));
      const connectedAt = new Date(now).toISOString();
      await putItem(table, { ...keyOf(name), auth: credentials.auth, status: "connected", account, connectedAt });
    },
    async credentials(name) {
      const credentials = readCredentials(parseJson(await secrets.read(secretOf(name))));
      if (credentials !== undefined) return credentials;
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
