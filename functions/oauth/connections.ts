import * as z from "zod/mini";
import { secretNames } from "../platform/names.ts";
import { Problem } from "../platform/problem.ts";
import type { SecretStore } from "../platform/secrets.ts";
import { deleteItem, getItem, putItem, queryItems, type StateTable, updateItem } from "../platform/state-table.ts";
import type { Account, Tenant } from "./account.ts";
import { parseJson } from "./application.ts";
import { sha256 } from "./authorisations.ts";
import { type Auth, type Credentials, readCredentials, type TokenPair, writeCredentials } from "./credentials.ts";
import { breakTokenLease, removeTokenLease } from "./token-lease.ts";

/** What is known of a connection without opening its secret. */
export type Connection = {
  name: string;
  /** Which generation of Upwork's API its token opens: REST behind OAuth 1.0a, or GraphQL behind OAuth 2.0. */
  auth: Auth;
  /** `needs_reauth`: Upwork takes its tokens no longer, and only a person in a browser can change that. */
  status: "started" | "connected" | "needs_reauth";
  account?: Account | undefined;
  connectedAt?: string | undefined;
  /** When the access token ends; an OAuth 1.0a token never does. */
  tokenExpiresAt?: string | undefined;
  /** The organisations it can act for, as Upwork listed them when it was connected (OAuth 2.0). */
  tenants?: Tenant[] | undefined;
  /** Id of the organisation it acts for where a call names none. */
  tenant?: string | undefined;
};

export type ConnectionStore = {
  /** All connections, by name. */
  list(): Promise<Connection[]>;
  find(name: string): Promise<Connection | undefined>;
  /** Remembers that somebody began to connect; never changes a connected one. */
  noteStarted(name: string, auth: Auth): Promise<void>;
  /** Stores the credentials as a secret, then what may be shown of them. */
  save(
    name: string,
    credentials: Credentials,
    account: Account,
    now: number,
    organisations?: Pick<Connection, "tenants" | "tenant">,
  ): Promise<void>;
  /**
   * Stores a connection's next tokens as the only successor of those they were got with: false, and nothing stored,
   * where another successor is there already.
   */
  saveNext(name: string, next: TokenPair, previous: TokenPair): Promise<boolean>;
  /** Chooses the organisation for calls that name none; false where the connection is gone or was chosen for anew. */
  chooseTenant(name: string, tenant: string, before: string | undefined): Promise<boolean>;
  /** Marks that only a new consent can help; false when it is marked already. */
  noteNeedsReauth(name: string): Promise<boolean>;
  /**
   * What calls over this connection are signed with, or carry.
   *
   * @throws Problem `connection-not-connected` or `connection-unknown`
   */
  credentials(name: string): Promise<Credentials>;
  /** Deletes the credentials, then all that is known of the connection: a crash in between leaves no token behind. */
  remove(name: string): Promise<void>;
  /** Forgets cached credentials, so that the next look is at what is stored. */
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
  tokenExpiresAt: z.optional(z.string()),
  tenants: z.optional(z.array(z.object({ id: z.string(), name: z.string() }))),
  tenant: z.optional(z.string()),
});

const partition = "CONNECTION";

const isoTime = (ms: number) => new Date(ms).toISOString();

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
      await putItem(
        table,
        { ...keyOf(name), auth, status: "started" },
        {
          expression: "attribute_not_exists(pk) OR #status = :started",
          names: { "#status": "status" },
          values: { ":started": "started" },
        },
      );
    },
    async save(name, credentials, account, now, organisations) {
      // A refresh under way would put its OAuth 2.0 tokens over these.
      if (credentials.auth === "oauth1") await breakTokenLease(table, name);
      await secrets.write(secretOf(name), writeCredentials(credentials));
      const { auth } = credentials;
      const connectedAt = isoTime(now);
      const tokenExpiresAt = auth === "oauth2" ? { tokenExpiresAt: isoTime(credentials.expiresAt) } : {};
      const shown = { auth, account, connectedAt, ...tokenExpiresAt, ...organisations };
      await putItem(table, { ...keyOf(name), ...shown, status: "connected" });
    },
    async saveNext(name, next, previous) {
      // One id for all successors of a pair, so that Secrets Manager takes one of them, whoever comes late.
      const id = sha256(`successor of ${previous.refreshToken ?? previous.accessToken}`);
      const isStored = await secrets.writeOnce(secretOf(name), writeCredentials({ auth: "oauth2", ...next }), id);
      if (!isStored) return false;
      const shown = { expression: "attribute_exists(pk)", values: { ":at": isoTime(next.expiresAt) } };
      await updateItem(table, keyOf(name), "SET tokenExpiresAt = :at", shown);
      return true;
    },
    chooseTenant(name, tenant, before) {
      return updateItem(table, keyOf(name), "SET tenant = :tenant", {
        expression: before === undefined ? "attribute_exists(pk) AND attribute_not_exists(tenant)" : "tenant = :before",
        values: { ":tenant": tenant, ...(before === undefined ? {} : { ":before": before }) },
      });
    },
    noteNeedsReauth(name) {
      return updateItem(table, keyOf(name), "SET #status = :broken", {
        expression: "#status = :connected",
        names: { "#status": "status" },
        values: { ":broken": "needs_reauth", ":connected": "connected" },
      });
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
    async remove(name) {
      await secrets.remove(secretOf(name));
      await removeTokenLease(table, name);
      // Last, so that a removal that was cut short can be repeated.
      await deleteItem(table, keyOf(name));
    },
    forget(name) {
      secrets.forget(secretOf(name));
    },
  };
  return store;
}
