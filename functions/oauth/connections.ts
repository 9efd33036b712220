import { setTimeout } from "node:timers/promises";
import * as z from "zod/mini";
import { logger } from "../platform/log.ts";
import { secretNames } from "../platform/names.ts";
import { Problem } from "../platform/problem.ts";
import type { SecretStore, StoredSecret } from "../platform/secrets.ts";
import { deleteItem, getItem, putItem, queryItems, type StateTable, updateItem } from "../platform/state-table.ts";
import type { Account, Tenant } from "./account.ts";
import {
  type Auth,
  type Credentials,
  type NewCredentials,
  readCredentials,
  readVersion,
  type TokenPair,
  writeCredentials,
} from "./credentials.ts";
import { removeTokenLease, renewTokenLease, tokenVersionOf } from "./token-lease.ts";
import { parseJson } from "./unknown-json.ts";

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

/** Credentials as they are stored, and what their successor must be stored against. */
export type StoredCredentials = { credentials: Credentials; secret: StoredSecret };

export type ConnectionStore = {
  /** All connections, by name. */
  list(): Promise<Connection[]>;
  find(name: string): Promise<Connection | undefined>;
  /** Remembers that somebody began to connect; never changes a connected one. */
  noteStarted(name: string, auth: Auth): Promise<void>;
  /**
   * Stores what a consent gave as a secret, then what may be shown of it. It follows whatever is stored, and nothing that
   * was got with older credentials can follow it.
   */
  save(
    name: string,
    credentials: NewCredentials,
    account: Account,
    now: number,
    organisations?: Pick<Connection, "tenants" | "tenant">,
  ): Promise<void>;
  /**
   * Stores a connection's next tokens as the only successor of those they were got with: false, and nothing stored,
   * where there is another successor, be it of a refresh or of a consent, or no connection any more.
   */
  saveNext(name: string, next: TokenPair, previous: StoredSecret): Promise<boolean>;
  /** Chooses the organisation for calls that name none; false where the connection is gone or was chosen for anew. */
  chooseTenant(name: string, tenant: string, before: string | undefined): Promise<boolean>;
  /** Marks that only a new consent can help; false, and nothing marked, where there has been one since `connection` was read. */
  noteNeedsReauth(connection: Pick<Connection, "name" | "connectedAt">): Promise<boolean>;
  /**
   * What calls over this connection are signed with, or carry.
   *
   * @throws Problem `connection-not-connected` or `connection-unknown`
   */
  credentials(name: string): Promise<Credentials>;
  /** The same, as stored now, whatever this process remembers. */
  stored(name: string): Promise<StoredCredentials>;
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

/** How often a consent follows what was stored while it was being stored itself. */
const maxOvertakings = 5;
/** So much longer it waits each time: what Secrets Manager answers may be older than what it has stored. */
const overtakenMs = 50;

/** Holds where the item is of credentials up to these; items from before there was a count have none. */
const notOlderThan = (version: number) => ({
  expression: "attribute_not_exists(#version) OR #version <= :version",
  names: { "#version": "version" },
  values: { ":version": version },
});

const isoTime = (ms: number) => new Date(ms).toISOString();

/** Keeps credentials in Secrets Manager below `prefix`, and all that may be shown in the State table. */
export function createConnectionStore(table: StateTable, secrets: SecretStore, prefix: string): ConnectionStore {
  const keyOf = (name: string) => ({ pk: partition, sk: name });
  const secretOf = (name: string) => secretNames.connection(prefix, name);
  const read = (item: Record<string, unknown>): Connection => {
    const { sk, ...rest } = itemSchema.parse(item);
    return { name: sk, ...rest };
  };
  /** Stores credentials after all that are there; returns their place. */
  async function storeConsented(name: string, credentials: NewCredentials): Promise<number> {
    for (let tries = 0; ; tries += 1) {
      const before = await secrets.readStored(secretOf(name));
      const place = Math.max(readVersion(parseJson(before?.value)), await tokenVersionOf(table, name)) + 1;
      const text = writeCredentials(credentials, place);
      if (await secrets.writeNext(secretOf(name), text, before)) return place;
      if (tries < maxOvertakings) {
        await setTimeout(overtakenMs * tries);
        continue;
      }
      // Nothing new is seen, and yet it has a successor: an operator has put an older version back.
      await secrets.write(secretOf(name), text);
      return place;
    }
  }
  async function whyNone(name: string): Promise<Problem> {
    if ((await store.find(name)) === undefined) {
      return new Problem(
        "connection-unknown",
        `There is no connection "${name}". Create it by opening /oauth/start?connection=${name} in a browser.`,
      );
    }
    return new Problem(
      "connection-not-connected",
      `Connection "${name}" is not connected yet. Open /oauth/start?connection=${name} in a browser and allow access.`,
    );
  }
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
      const version = await storeConsented(name, credentials);
      const { auth } = credentials;
      const connectedAt = isoTime(now);
      const tokenExpiresAt = auth === "oauth2" ? { tokenExpiresAt: isoTime(credentials.expiresAt) } : {};
      const shown = { auth, account, connectedAt, ...tokenExpiresAt, ...organisations };
      // Of two consents at the same moment, what is shown is of the one whose credentials are stored.
      await putItem(table, { ...keyOf(name), ...shown, status: "connected", version }, notOlderThan(version));
      await renewTokenLease(table, name, version);
    },
    async saveNext(name, next, previous) {
      const text = writeCredentials({ auth: "oauth2", ...next }, next.version);
      if (!(await secrets.writeNext(secretOf(name), text, previous))) return false;
      const { expression, names, values } = notOlderThan(next.version);
      const isOfThese = {
        expression: `attribute_exists(pk) AND (${expression})`,
        names,
        values: { ...values, ":at": isoTime(next.expiresAt) },
      };
      // The tokens are stored, and a call waits for them: a time that is shown too early until the next ones is no fault of it.
      await updateItem(table, keyOf(name), "SET tokenExpiresAt = :at", isOfThese).catch((error: Error) => {
        logger.warn("expiry not shown", { connection: name, error });
      });
      return true;
    },
    chooseTenant(name, tenant, before) {
      return updateItem(table, keyOf(name), "SET tenant = :tenant", {
        expression: before === undefined ? "attribute_exists(pk) AND attribute_not_exists(tenant)" : "tenant = :before",
        values: { ":tenant": tenant, ...(before === undefined ? {} : { ":before": before }) },
      });
    },
    noteNeedsReauth({ name, connectedAt }) {
      return updateItem(table, keyOf(name), "SET #status = :broken", {
        expression:
          connectedAt === undefined
            ? "attribute_exists(pk) AND attribute_not_exists(connectedAt)"
            : "connectedAt = :at",
        names: { "#status": "status" },
        values: { ":broken": "needs_reauth", ...(connectedAt === undefined ? {} : { ":at": connectedAt }) },
      });
    },
    async credentials(name) {
      const credentials = readCredentials(parseJson(await secrets.read(secretOf(name))));
      if (credentials === undefined) throw await whyNone(name);
      return credentials;
    },
    async stored(name) {
      const secret = await secrets.readStored(secretOf(name));
      const credentials = readCredentials(parseJson(secret?.value));
      if (secret === undefined || credentials === undefined) throw await whyNone(name);
      return { credentials, secret };
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
