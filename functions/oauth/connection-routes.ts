import * as z from "zod/mini";
import { adminRoute, etagOf, pageOf, pageQuery } from "../platform/admin-route.ts";
import type { Config } from "../platform/config.ts";
import { connectionNamePattern } from "../platform/connection-name.ts";
import { readCursor, writeCursor } from "../platform/cursor.ts";
import { invalidField } from "../platform/invalid-field.ts";
import { Problem } from "../platform/problem.ts";
import { sha256 } from "./authorisations.ts";
import type { ConnectLinkStore } from "./connect-links.ts";
import type { Connection, ConnectionStore } from "./connections.ts";

const route = adminRoute<{
  connections: Pick<ConnectionStore, "list" | "find" | "remove" | "chooseTenant">;
  links: Pick<ConnectLinkStore, "create">;
  config: Pick<Config, "publicUrl">;
}>();

const name = z
  .string()
  .check(z.regex(connectionNamePattern, "lower-case letters, digits and dashes, at most 63"))
  .register(z.globalRegistry, { description: "The name of a connection.", example: "acme" });
const auth = z
  .enum(["oauth1", "oauth2"])
  .register(z.globalRegistry, { description: "Which generation of Upwork's API its token opens." });
const params = z.strictObject({ name });

const connectionSchema = z
  .strictObject({
    name,
    auth,
    status: z.enum(["started", "connected", "needs_reauth"]).register(z.globalRegistry, {
      description: "`needs_reauth`: Upwork takes its tokens no longer; only a new consent can change that.",
    }),
    account: z.optional(z.strictObject({ reference: z.string(), name: z.string(), profileUrl: z.string() })),
    connectedAt: z.optional(z.iso.datetime()),
    tokenExpiresAt: z.optional(
      z.iso.datetime().register(z.globalRegistry, { description: "An OAuth 1.0a token never ends." }),
    ),
    tenants: z.optional(z.array(z.strictObject({ id: z.string(), name: z.string() }))),
    tenant: z.optional(
      z.string().register(z.globalRegistry, { description: "The organisation it acts for where a call names none." }),
    ),
  })
  .register(z.globalRegistry, { id: "Connection" });

/** Connections to Upwork accounts. Their tokens are shown nowhere. */
export const connectionRoutes = [
  route({
    method: "GET",
    path: "/admin/connections",
    tag: "connections",
    summary: "List connections",
    description: "In the order of their names.",
    query: pageQuery,
    answers: { 200: { description: "A page of connections", schema: pageOf(connectionSchema) } },
    handle: async ({ connections }, { query: { limit, cursor } }) => {
      const after = cursor === undefined ? "" : readCursor(cursor);
      const rest = (await connections.list()).filter((connection) => connection.name > after);
      const items = rest.slice(0, limit);
      const last = rest.length > limit ? items.at(-1) : undefined;
      return { status: 200, value: { items, ...(last === undefined ? {} : { cursor: writeCursor(last.name) }) } };
    },
  }),
  route({
    method: "GET",
    path: "/admin/connections/{name}",
    tag: "connections",
    summary: "Show a connection: its account and how it is",
    params,
    answers: { 200: { description: "The connection", schema: connectionSchema, hasEtag: true } },
    problems: ["connection-unknown"],
    handle: async ({ connections }, { params: { name } }) => {
      const connection = await requireConnection(connections, name);
      return { status: 200, value: connection, etag: etagOfConnection(connection) };
    },
  }),
  route({
    method: "PATCH",
    path: "/admin/connections/{name}",
    tag: "connections",
    summary: "Choose the organisation for GraphQL calls that name none",
    description: "One of `tenants`, the organisations that Upwork listed when the account was connected.",
    params,
    body: z.strictObject({
      tenant: z.string().check(z.minLength(1)).register(z.globalRegistry, { description: "The organisation's id." }),
    }),
    isConditional: true,
    answers: { 200: { description: "The connection as it is now", schema: connectionSchema, hasEtag: true } },
    problems: ["connection-unknown", "request-invalid", "precondition-failed"],
    handle: async ({ connections }, { params: { name }, body: { tenant }, requireMatch }) => {
      const connection = await requireConnection(connections, name);
      requireMatch(etagOfConnection(connection));
      requireTenant(connection, tenant);
      if (!(await connections.chooseTenant(name, tenant, connection.tenant))) {
        throw new Problem(
          "precondition-failed",
          `Connection "${name}" was changed meanwhile. Read it again, then decide.`,
        );
      }
      const chosen = { ...connection, tenant };
      return { status: 200, value: chosen, etag: etagOfConnection(chosen) };
    },
  }),
  route({
    method: "POST",
    path: "/admin/connections/{name}/link",
    tag: "connections",
    summary: "Make a link that connects an account",
    description:
      "Whoever opens it first goes to Upwork's consent page, without the admin key, and only that browser can finish. It works once, for ten minutes. Send it by a way that opens no links by itself to show what is behind them.",
    params,
    body: z.strictObject({
      auth: z.optional(auth),
      replace: z
        ._default(z.boolean(), false)
        .register(z.globalRegistry, { description: "Whether it may take the place of another account's connection." }),
    }),
    isBodyOptional: true,
    answers: {
      201: { description: "The link", schema: z.strictObject({ url: z.url(), expiresAt: z.iso.datetime() }) },
    },
    handle: async ({ links, config }, { params: { name }, body, now }) => {
      const { token, expiresAt } = await links.create(
        { connection: name, auth: body.auth, replace: body.replace },
        now,
      );
      const url = `${config.publicUrl}/oauth/start?link=${token}`;
      return { status: 201, value: { url, expiresAt: new Date(expiresAt).toISOString() } };
    },
  }),
  route({
    method: "DELETE",
    path: "/admin/connections/{name}",
    tag: "connections",
    summary: "Disconnect: delete the connection and its tokens",
    description:
      "Functions that have the tokens in memory may use them for five minutes more. To end the access at Upwork as well, withdraw it there.",
    params,
    answers: { 204: { description: "It is gone, and its secret with it" } },
    problems: ["connection-unknown"],
    handle: async ({ connections }, { params: { name } }) => {
      await requireConnection(connections, name);
      await connections.remove(name);
      return { status: 204 };
    },
  }),
] as const;

const etagOfConnection = (connection: Connection) => etagOf(sha256(JSON.stringify(connection)).slice(0, 22));

function requireTenant({ name, tenants = [] }: Connection, tenant: string): void {
  if (tenants.some(({ id }) => id === tenant)) return;
  const known = tenants.map(({ id, name }) => `${id} (${name})`).join(", ");
  throw invalidField(
    "/body/tenant",
    "one of the connection's organisations",
    known === ""
      ? `Upwork listed no organisations for connection "${name}"; name one in X-Upwork-API-TenantId with each call.`
      : `Connection "${name}" has no such organisation. It has: ${known}.`,
  );
}

async function requireConnection(connections: Pick<ConnectionStore, "find">, name: string): Promise<Connection> {
  const connection = await connections.find(name);
  if (connection !== undefined) return connection;
  throw new Problem(
    "connection-unknown",
    `There is no connection "${name}". POST /admin/connections/${name}/link makes a link that connects it.`,
  );
}
