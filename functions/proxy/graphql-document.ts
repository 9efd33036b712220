import { GraphQLError, Kind, type OperationDefinitionNode, parse } from "graphql";
import * as z from "zod/mini";
import type { HttpRequest } from "../platform/http.ts";
import { Problem } from "../platform/problem.ts";

/** A GraphQL request, read once: what will run, and the very bytes that go out. */
export type GraphqlDocument = {
  kind: "query" | "mutation";
  /** The operation's name, where it has one. */
  operation: string | undefined;
  /** The fields at its top, by their own names: what is asked for, without any value. */
  fields: readonly string[];
  /** JSON `{query, operationName?, variables?}`, made anew from what was read. */
  body: Uint8Array;
};

/** Lambda takes 6 MB; base64 adds a third. */
const maxBodyBytes = 4_400_000;
/** Far above any document that a person or a generator writes. */
const maxTokens = 20_000;

const requestSchema = z.object({
  query: z.string().check(z.minLength(1)),
  operationName: z.optional(z.nullable(z.string())),
  variables: z.optional(z.nullable(z.record(z.string(), z.unknown()))),
});

/**
 * Reads a GraphQL request over HTTP. What goes out is written anew from what was read, numbers digit by digit, so that
 * Upwork cannot read another document than the one that was checked (a JSON name may stand twice).
 *
 * @throws Problem before any budget is spent, saying what to change
 */
export function readGraphqlDocument(request: Pick<HttpRequest, "headers" | "body">): GraphqlDocument {
  const { headers, body } = request;
  if (body.byteLength > maxBodyBytes) {
    throw new Problem("body-too-large", `The body is ${body.byteLength} bytes; at most ${maxBodyBytes} can pass.`);
  }
  if (!/^application\/(json|graphql\+json)\s*(;|$)/i.test(headers["content-type"] ?? "")) {
    throw refused("Send the request as JSON with Content-Type: application/json.");
  }
  const parsed = requestSchema.safeParse(parseExactly(Buffer.from(body).toString("utf8")));
  if (!parsed.success) {
    throw refused('The body must be one JSON object {"query": "...", "variables": {...}, "operationName": "..."}.');
  }
  const { query, variables } = parsed.data;
  const operationName = parsed.data.operationName || undefined;
  const { operation: kind, name, selectionSet } = chooseOperation(parseDocument(query), operationName);
  if (kind === "subscription") throw refused("Upwork has no subscriptions; poll with a query, or set up a watch.");
  return {
    kind,
    operation: name?.value,
    fields: selectionSet.selections.flatMap((selection) =>
      selection.kind === Kind.FIELD ? [selection.name.value] : [],
    ),
    body: Buffer.from(JSON.stringify({ query, operationName, ...(variables ? { variables } : {}) })),
  };
}

function parseDocument(query: string): OperationDefinitionNode[] {
  try {
    const { definitions } = parse(query, { maxTokens });
    return definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  } catch (error) {
    if (error instanceof GraphQLError) {
      const [at] = error.locations ?? [];
      const where = at === undefined ? "" : ` (line ${at.line}, column ${at.column})`;
      throw refused(`The document does not parse: ${error.message}${where}.`);
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

/** Numbers as they were written: Upwork's ids are longer than a JavaScript number is exact. */
type RawJson = { rawJSON(text: string): unknown };

function parseExactly(text: string): unknown {
  const keep = (_name: string, value: unknown, context?: { source?: string }) =>
    typeof value === "number" && context?.source !== undefined
      ? (JSON as unknown as RawJson).rawJSON(context.source)
      : value;
  try {
    return JSON.parse(text, keep);
  } catch {
    return undefined;
  }
}

function refused(detail: string): Problem {
  return new Problem("graphql-refused", detail);
}
