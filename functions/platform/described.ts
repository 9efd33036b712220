import * as z from "zod/mini";

/** Says in the OpenAPI document what a schema's value means, and shows one. */
export function described<Schema extends z.ZodMiniType>(
  schema: Schema,
  description: string,
  example?: unknown,
): Schema {
  z.globalRegistry.add(schema, { description, ...(example === undefined ? {} : { example }) });
  return schema;
}
