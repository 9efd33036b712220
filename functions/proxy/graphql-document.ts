import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionNode,
} from "graphql";
import * as z from "zod/mini";
import type { HttpRequest } from "../platform/http.ts";
import { Problem } from "../platform/problem.ts";
import { refuseLargeBody } from "./call.ts";
import { isExactObject, parseExactly } from "./exact-json.ts";

/** A GraphQL request, read once: what will run, and the very bytes that go out. */
export type GraphqlDocument = {
  kind: "query" | "mutation";
  /** The operation's name, where it has one. */
  operation: string | undefined;
  /** The fields at its top, by their own names: what is asked for, without any value. */
  fields: readonly string[];
  query: string;
  operationName: string | undefined;
  variables: Readonly<Record<string, unknown>> | undefined;
  /** JSON `{query, operationName?, variables?}`, made anew from what was read. */
  body: Uint8Array;
};

/** Far above any document that a person or a generator writes. */
const maxTokens = 20_000;

const requestSchema = z.object({
  query: z.string().check(z.minLength(1)),
  operationName: z.optional(z.nullable(z.string())),
  // No record: reading one leaves out a variable called `__proto__`, which GraphQL allows.
  variables: z.optional(z.nullable(z.custom<Record<string, unknown>>(isExactObject))),
});

/**
 * Reads a GraphQL request over HTTP. What goes out is written anew from what was read, numbers digit by digit, so that
 * Upwork cannot read another document than the one that was checked (a JSON name may stand twice).
 *
 * @throws Problem before any budget is spent, saying what to change
 */
export function readGraphqlDocument(request: Pick<HttpRequest, "headers" | "body">): GraphqlDocument {
  const { headers, body } = request;
  refuseLargeBody(request);
  if (!/^application\/(json|graphql\+json)\s*(;|$)/i.test(headers["content-type"] ?? "")) {
    throw refused("Send the request as JSON with Content-Type: application/json.");
  }
  const parsed = requestSchema.safeParse(parseExactly(Buffer.from(body).toString("utf8")));
  if (!parsed.success) {
    throw refused('The body must be one JSON object {"query": "...", "variables": {...}, "operationName": "..."}.');
  }
  const { query } = parsed.data;
  const operationName = parsed.data.operationName || undefined;
  const variables = parsed.data.variables ?? undefined;
  const { definitions } = parseDocument(query);
  const operations = definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const { operation: kind, name, selectionSet } = chooseOperation(operations, operationName);
  if (kind === "subscription") throw refused("Upwork has no subscriptions; poll with a query, or set up a watch.");
  return {
    kind,
    operation: name?.value,
    fields: rootFields(
      selectionSet.selections,
      definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION),
    ),
    query,
    operationName,
    variables,
    body: Buffer.from(JSON.stringify({ query, operationName, variables })),
  };
}

/** The fields at the top, those in fragments too; a fragment that is not in the document stands for itself. */
function rootFields(top: readonly SelectionNode[], definitions: readonly FragmentDefinitionNode[]): string[] {
  const fragments = new Map(definitions.map((fragment) => [fragment.name.value, fragment.selectionSet.selections]));
  const fields: string[] = [];
  const open = [...top];
  for (let selection = open.shift(); selection !== undefined; selection = open.shift()) {
    if (selection.kind === Kind.FIELD) fields.push(selection.name.value);
    else if (selection.kind === Kind.INLINE_FRAGMENT) open.unshift(...selection.selectionSet.selections);
    else {
      const name = selection.name.value;
      open.unshift(...(fragments.get(name) ?? []));
      if (!fragments.has(name)) fields.push(`...${name}`);
      // Once is enough, and a fragment that holds itself must not go on for ever.
      fragments.set(name, []);
    }
  }
  return fields;
}

function parseDocument(query: string): DocumentNode {
  try {
    return parse(query, { maxTokens });
  } catch (error) {
    if (error instanceof GraphQLError) {
      const [at] = error.locations ?? [];
      const where = at === undefined ? "" : ` (line ${at.line}, column ${at.column})`;
      // A text in the document may be secret, and the log has this.
      const why = error.message.replace(/String ".*"/s, "String");
      throw refused(`The document does not parse: ${why}${where}.`);
    }
    // The parser calls itself for every level.
    if (error instanceof RangeError) throw refused("The document is nested too deeply.");
    throw error;
  }
}

/** The one operation that will run (GraphQL specification, section 6.1). */
function chooseOperation(operations: readonly OperationDefinitionNode[], name: string | undefined) {
  const [first, ...others] = name === undefined ? operations : operations.filter((one) => one.name?.value === name);
  if (first === undefined) {
    throw refused(name === undefined ? "The document holds no operation." : `The document has no operation "${name}".`);
  }
  if (others.length === 0) return first;
  throw refused(
    name === undefined
      ? `The document holds ${operations.length} operations; say with operationName which one to run.`
      : `The document holds several operations called "${name}".`,
  );
}

function refused(detail: string): Problem {
  return new Problem("graphql-refused", detail);
}
