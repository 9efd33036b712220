import * as z from "zod/mini";
import { connectionNamePattern } from "../platform/connection-name.ts";
import { Problem } from "../platform/problem.ts";
import { effectiveMethods, type MethodBearer } from "./effective-methods.ts";

/** A segment is `*` or holds nothing that is encoded or could be read as `.` or `..`. */
const rulePattern =
  /^(ANY|GET|HEAD|POST|PUT|DELETE) (?=\/)((?:\/(?:\*|(?!\.{0,2}(?:;|\/|$))[^*%?#\\\s/]+))*(?:\/\*\*)?)$/;
const maxRules = 50;
const nameOrAllPattern = new RegExp(`${connectionNamePattern.source}|^\\*$`);

/** One thing a client may do: `GET /api/profiles/**`. `*` is one segment, a last `**` any number, `ANY` every method. */
const ruleSchema = z
  .string()
  .check(
    z.maxLength(500),
    z.regex(rulePattern, 'a rule is a method and a path such as "GET /api/profiles/**" or "ANY /api/*/v2"'),
  );

/**
 * What a client may do. What is not allowed here is refused before any budget is spent.
 *
 * - `rules`: methods and paths of the REST API. A rule for GET covers HEAD.
 * - `connections`: names of further connections besides the client's own; `*` is all of them.
 * - `graphql`, `mutations`: whether it may use GraphQL at all, and mutations in it.
 */
export const accessSchema = z.strictObject({
  rules: z.array(ruleSchema).check(z.maxLength(maxRules)),
  connections: z
    .array(z.string().check(z.regex(nameOrAllPattern, "the name of a connection, or *")))
    .check(z.maxLength(100)),
  graphql: z.boolean(),
  mutations: z.boolean(),
});

type Parsed = z.infer<typeof accessSchema>;
export type Access = { readonly [Name in keyof Parsed]: Parsed[Name] extends string[] ? readonly string[] : boolean };

/** The default for a new client: it reads everything of its own connection and changes nothing. */
export const readOnlyAccess: Access = {
  rules: ["GET /api/**", "GET /gds/**"],
  connections: [],
  graphql: true,
  mutations: false,
};

/** Everything, with every connection. */
export const fullAccess: Access = { rules: ["ANY /**"], connections: ["*"], graphql: true, mutations: true };

/** Whose permission is asked: as much of a client as decides it. */
export type Permitted = { id: string; connection: string; access: Access };

/**
 * Checks that a client may make a REST call. The method that counts is the one Upwork will act on: see
 * {@link effectiveMethods}. `path` is percent-encoded, as it goes out.
 *
 * @throws Problem `client-not-allowed` naming the missing rule and how to add it
 */
export function requireRestAccess(client: Permitted, call: MethodBearer & { path: string; connection: string }): void {
  requireConnection(client, call.connection);
  const missing = effectiveMethods(call).find((method) => !allows(client.access.rules, method, call.path));
  if (missing === undefined) return;
  const rule = `${missing} ${decodeURIComponent(call.path)}`;
  const rules = client.access.rules.length === 0 ? "it has none" : client.access.rules.join(", ");
  throw notAllowed(
    client,
    rule,
    `Client "${client.id}" may not ${rule}: none of its rules allows it (${rules}). An admin can add a rule such as "${rule}" to access.rules`,
  );
}

/**
 * Checks that a client may use GraphQL, and mutations where the document holds one.
 *
 * @throws Problem `client-not-allowed`
 */
export function requireGraphqlAccess(client: Permitted, call: { connection: string; isMutation: boolean }): void {
  requireConnection(client, call.connection);
  if (!client.access.graphql) {
    throw notAllowed(
      client,
      "graphql",
      `Client "${client.id}" may not use GraphQL. An admin can set access.graphql to true`,
    );
  }
  if (call.isMutation && !client.access.mutations) {
    throw notAllowed(
      client,
      "mutations",
      `Client "${client.id}" may query with GraphQL but not change anything. An admin can set access.mutations to true`,
    );
  }
}

function requireConnection(client: Permitted, connection: string): void {
  const { connections } = client.access;
  if (connection === client.connection || connections.includes("*") || connections.includes(connection)) return;
  throw notAllowed(
    client,
    `connection ${connection}`,
    `Client "${client.id}" may not use connection "${connection}", only its own "${client.connection}"${connections.map((name) => ` and "${name}"`).join("")}. An admin can add "${connection}" to access.connections`,
  );
}

function notAllowed(client: Permitted, rule: string, detail: string): Problem {
  return new Problem("client-not-allowed", `${detail} with PATCH /admin/clients/${client.id}.`, {
    members: { client: client.id, rule },
  });
}

/**
 * Whether any rule allows a method on a percent-encoded path. A last `/` and a suffix `.json` or `.xml` make no
 * difference, as they make none to Upwork. A segment that some server could read as `.` or `..` is never allowed.
 */
function allows(rules: readonly string[], method: string, encodedPath: string): boolean {
  const segments = encodedPath.replace(/\/$/, "").slice(1).split("/").map(decodeURIComponent);
  if (segments.some(isDotted)) return false;
  const bare = segments.with(-1, (segments.at(-1) ?? "").replace(/\.(json|xml)$/, ""));
  return rules.some((rule) => {
    const [, named, path = ""] = rulePattern.exec(rule) ?? [];
    if (named !== "ANY" && named !== method && !(named === "GET" && method === "HEAD")) return false;
    const pattern = path.slice(1).split("/");
    return matches(pattern, segments) || matches(pattern, bare);
  });
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  const takesRest = pattern.at(-1) === "**";
  const fixed = takesRest ? pattern.slice(0, -1) : pattern;
  if (takesRest ? segments.length < fixed.length : segments.length !== fixed.length) return false;
  return fixed.every((wanted, index) => wanted === segments[index] || (wanted === "*" && segments[index] !== ""));
}

/** `..;x` is `..` to servers that cut path parameters off. */
function isDotted(segment: string): boolean {
  return /^\.{0,2}(;|$)/.test(segment);
}
