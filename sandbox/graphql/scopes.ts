import {
  type DocumentNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getDirectiveValues,
  getNamedType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from "graphql";

/**
 * Every field that a document asks for and a key has no scope for, as `Type.field`, in the order Upwork lists them.
 *
 * @param scopes what the key has; `undefined` for all of them
 */
export function fieldsWithoutScope(
  schema: GraphQLSchema,
  document: DocumentNode,
  scopes: readonly string[] | undefined,
): string[] {
  if (scopes === undefined) return [];
  const missing = new Set<string>();
  const directive = schema.getDirective("scope");
  const mayRead = (node: GraphQLNamedType["astNode"] | GraphQLField<unknown, unknown>["astNode"]) => {
    const needed = directive && node ? getDirectiveValues(directive, node)?.any : undefined;
    return !Array.isArray(needed) || needed.some((scope) => scopes.includes(scope));
  };
  const info = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(info, {
      Field() {
        const [parent, field] = [info.getParentType(), info.getFieldDef()];
        if (!parent || !field || field.name.startsWith("__")) return;
        const isLeafOfType = mayRead(getNamedType(parent).astNode);
        if (!isLeafOfType || !mayRead(field.astNode)) missing.add(`${parent.name}.${field.name}`);
      },
    }),
  );
  return [...missing].toSorted();
}

/** Upwork's own words. */
export const missingScopeText = (fields: readonly string[]) =>
  `The client or authentication token doesn't have enough oauth2 permissions/scopes to access: [${fields.join(", ")}].`;
