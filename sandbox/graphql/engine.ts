import { buildSchema, type DocumentNode, execute, GraphQLError, parse } from "graphql";
import type { Switches } from "../switches.ts";
import { enumTypes } from "./enum-types.ts";
import { UpworkGraphQLError } from "./graphql-error.ts";
import { offerTypes } from "./offer-types.ts";
import { roots } from "./roots.ts";
import { fieldsWithoutScope, missingScopeText } from "./scopes.ts";
import { typeDefinitions } from "./type-definitions.ts";
import { type JavaError, validationErrors } from "./validation.ts";
import type { Viewer } from "./viewer.ts";

export type GraphQLRequest = {
  query: string;
  variables: Readonly<Record<string, unknown>> | undefined;
  operationName: string | undefined;
};

/** What goes out with status 200, whatever happened. */
export type GraphQLReply = { data?: unknown; errors?: readonly JavaError[] };

const schema = buildSchema(`${enumTypes}${typeDefinitions}${offerTypes}`);
/** Beyond these a document is an attack on the parser, not a question. */
const maxTokens = 10_000;
const maxDepth = 200;

/** Answers one request in the name of a person and a tenant. */
export async function answer(
  { query, variables, operationName }: GraphQLRequest,
  viewer: Viewer,
  scopes: readonly string[] | undefined,
  switches: Switches,
): Promise<GraphQLReply> {
  const checked = check(query, switches.allowIntrospection);
  if ("errors" in checked) return checked;
  const { document } = checked;
  const missing = fieldsWithoutScope(schema, document, scopes);
  if (missing.length > 0) return { errors: [failure(missingScopeText(missing), "ExecutionAborted")] };
  const result = await execute({
    schema,
    document,
    rootValue: roots,
    contextValue: viewer,
    variableValues: variables ?? null,
    operationName: operationName ?? null,
  });
  const errors = result.errors?.map(executionError);
  return {
    ...("data" in result ? { data: result.data } : {}),
    ...(errors === undefined ? {} : { errors }),
  };
}

type Checked = { document: DocumentNode } | { errors: readonly JavaError[] };

/** Documents that were asked before: callers send the same few again and again. */
const known = new Map<string, Checked>();
const mostKnown = 200;
const longestKnown = 20_000;

/** Parses and validates. */
function check(query: string, allowIntrospection: boolean): Checked {
  const name = `${allowIntrospection} ${query}`;
  const found = known.get(name);
  if (found !== undefined) return found;
  const checked = checkAnew(query, allowIntrospection);
  const [oldest] = known.keys();
  if (known.size >= mostKnown && oldest !== undefined) known.delete(oldest);
  if (query.length <= longestKnown) known.set(name, checked);
  return checked;
}

function checkAnew(query: string, allowIntrospection: boolean): Checked {
  if (isTooDeep(query)) return { errors: [failure("Invalid Syntax : nested too deeply", "InvalidSyntax")] };
  try {
    const document = parse(query, { maxTokens });
    const errors = validationErrors(schema, document, allowIntrospection);
    return errors.length === 0 ? { document } : { errors };
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return { errors: [syntaxError(error)] };
  }
}

/** Parsers and validators recurse; whoever nests without end would find the end of their stack. */
function isTooDeep(query: string): boolean {
  let depth = 0;
  for (const char of query) {
    if (char === "{" || char === "[" || char === "(") depth += 1;
    else if (char === "}" || char === "]" || char === ")") depth -= 1;
    if (depth > maxDepth) return true;
  }
  return false;
}

function failure(message: string, classification: string): JavaError {
  return { message, extensions: { classification } };
}

function syntaxError(error: GraphQLError): JavaError {
  const [at] = error.locations ?? [];
  const where = at === undefined ? "" : ` at line ${at.line} column ${at.column}`;
  return {
    ...failure(`Invalid Syntax : ${error.message.replace(/^Syntax Error: /, "")}${where}`, "InvalidSyntax"),
    ...(error.locations ? { locations: error.locations } : {}),
  };
}

function executionError(error: GraphQLError): JavaError {
  const { originalError, path, locations } = error;
  const place = { ...(locations ? { locations } : {}), ...(path ? { path } : {}) };
  if (originalError instanceof UpworkGraphQLError) {
    return { ...failure(originalError.message, originalError.classification), ...place };
  }
  // What is wrong before anything ran is a variable, or a name of an operation that is not there.
  if (path === undefined) {
    const [, variable] = /^Variable "\$(.*?)" of (?:required|non-null) type/.exec(error.message) ?? [];
    const [, type] = /type "(.*?)"/.exec(error.message) ?? [];
    const text = variable ? `Variable '${variable}' has coerced Null value for NonNull type '${type}'` : error.message;
    return { ...failure(text, "ValidationError"), ...place };
  }
  return { ...failure(error.message, "DataFetchingException"), ...place };
}
