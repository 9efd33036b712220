import * as z from "zod/mini";
import { connectionNamePattern } from "../platform/connection-name.ts";
import { described } from "../platform/described.ts";
import { shareSchema } from "../platform/share-schema.ts";
import { accessSchema, readOnlyAccess } from "./access.ts";
import type { IssuedKey } from "./client-keys.ts";
import { clientIdPattern, type NewClient, type StoredClient } from "./clients.ts";

/** What the admin API takes and shows of clients and their keys. */

/** The gateway's own calls are counted under this name. */
const reservedId = "gateway";

export const clientIdSchema = described(
  z.string().check(
    z.regex(clientIdPattern, "lower-case letters, digits and dashes, at most 63, beginning with a letter or digit"),
    z.refine((id) => id !== reservedId, `"${reservedId}" is the gateway itself`),
  ),
  'The name of a client in URLs, logs and metrics. It never changes; "gateway" is the gateway itself.',
  "crm",
);
const keyIdSchema = described(
  z.string().check(z.regex(/^[a-z0-9]{10}$/, "ten lower-case letters and digits: the part of a key behind ugw_live_")),
  "The part of a key behind `ugw_live_` or `ugw_test_`.",
  "k3xq0v9a1z",
);
const nameSchema = described(z.string().check(z.minLength(1), z.maxLength(100)), "For people.", "CRM");
const connectionSchema = described(
  z.string().check(z.regex(connectionNamePattern, "the name of a connection")),
  "The connection it uses when a call names none. It need not be connected yet.",
  "acme",
);
const checksSchema = described(
  z.boolean(),
  "Whether calls that Upwork would refuse for sure are refused before they cost a unit.",
);

described(
  accessSchema.shape.rules,
  "Methods and paths of the REST API. `*` is one segment, a last `**` any number; GET covers HEAD.",
  ["GET /api/profiles/**"],
);
described(accessSchema.shape.connections, "Further connections besides its own; `*` is all.", ["*"]);
described(accessSchema.shape.graphql, "Whether it may use GraphQL.");
described(accessSchema.shape.mutations, "Whether it may use mutations in GraphQL.");

const timeSchema = z.iso.datetime();

/** A share as it is taken and shown: what is stored has been checked, so the functions that read it need not know how. */
const shareShownSchema = z.extend(shareSchema, {
  temporary: z.optional(z.extend(shareSchema.shape.temporary._zod.def.innerType, { until: timeSchema })),
});

/** A schema's own part, without the default that a change must not fall back to. */
const bare = <S extends z.core.SomeType>(schema: z.ZodMiniDefault<S>): S => schema._zod.def.innerType;
const { guaranteed, cap, priority, mode, temporary } = shareShownSchema.shape;

export const newClientSchema = z
  .strictObject({
    id: clientIdSchema,
    name: z.optional(nameSchema),
    connection: connectionSchema,
    access: z.optional(z.partial(accessSchema)),
    share: z.optional(shareShownSchema),
    checks: z.optional(checksSchema),
  })
  .register(z.globalRegistry, {
    id: "NewClient",
    description: `What \`access\` leaves out is as for a client that only reads: ${JSON.stringify(readOnlyAccess)}.`,
  });

export const clientChangesSchema = z
  .strictObject({
    name: z.optional(nameSchema),
    connection: z.optional(connectionSchema),
    access: z.optional(z.partial(accessSchema)),
    share: z.optional(
      z.strictObject({
        guaranteed: z.optional(bare(guaranteed)),
        cap: z.nullish(cap._zod.def.innerType),
        priority: z.optional(bare(priority)),
        mode: z.optional(bare(mode)),
        temporary: z.nullish(temporary._zod.def.innerType),
      }),
    ),
    checks: z.optional(checksSchema),
  })
  .register(z.globalRegistry, {
    id: "ClientChanges",
    description: "What is left out stays as it is; `null` takes a cap away. Lists are replaced as a whole.",
  });
export type ClientChanges = z.infer<typeof clientChangesSchema>;

export const clientSchema = z
  .strictObject({
    id: clientIdSchema,
    name: nameSchema,
    connection: connectionSchema,
    access: accessSchema,
    share: shareShownSchema,
    checks: checksSchema,
    createdAt: timeSchema,
    updatedAt: timeSchema,
  })
  .register(z.globalRegistry, { id: "Client" });

export const keySchema = z
  .strictObject({
    id: keyIdSchema,
    createdAt: timeSchema,
    expiresAt: described(z.optional(timeSchema), "When it ends, after a rotation."),
    lastUsedAt: described(z.optional(timeSchema), "The minute in which it last made a call to Upwork."),
  })
  .register(z.globalRegistry, { id: "ClientKey" });

export const issuedKeySchema = z
  .strictObject({
    id: keyIdSchema,
    key: described(z.string(), "The key itself. It is shown this once and never again."),
    createdAt: timeSchema,
  })
  .register(z.globalRegistry, { id: "IssuedKey" });

export const clientParams = z.strictObject({ id: clientIdSchema });
export const keyParams = z.strictObject({ id: clientIdSchema, keyId: keyIdSchema });

/** A client as the admin API shows it: without its keys' hashes. */
export function viewClient({ id, name, connection, access, share, checks, createdAt, updatedAt }: StoredClient) {
  return { id, name, connection, access, share, checks, createdAt, updatedAt };
}

/** A new key as the admin API shows it, this once. */
export function viewIssued({ client, id, key }: IssuedKey) {
  return { id, key, createdAt: client.keys[id]?.createdAt ?? client.updatedAt };
}

/** A new client as it was asked for, with everything that was left out. */
export function newClientOf({ id, name = id, access = {}, ...rest }: z.infer<typeof newClientSchema>): NewClient {
  return { id, name, access: { ...readOnlyAccess, ...withoutUndefined(access) }, ...withoutUndefined(rest) };
}

/** A client with what was asked to change; `null` removes. */
export function applyChanges(client: StoredClient, changes: ClientChanges): StoredClient {
  const { share = {}, access = {}, ...rest } = changes;
  const merged = { ...client.share, ...withoutUndefined(share) };
  const { cap: newCap, temporary: newTemporary, ...always } = merged;
  return {
    ...client,
    ...withoutUndefined(rest),
    access: { ...client.access, ...withoutUndefined(access) },
    share: {
      ...always,
      ...(newCap === null || newCap === undefined ? {} : { cap: newCap }),
      ...(newTemporary === null || newTemporary === undefined ? {} : { temporary: newTemporary }),
    },
  };
}

type Present<T> = { [Name in keyof T]: Exclude<T[Name], undefined> };

function withoutUndefined<T extends object>(value: T): Present<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Present<T>;
}
