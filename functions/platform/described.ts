import * as z from "zod/mini";

/** Says in the OpenAPI document what a schema's value means. */
export function described<Schema extends z.ZodMiniType>(schema: Schema, description: string): Schema {
  z.globalRegistry.add(schema, { description });
  return schema;
}
