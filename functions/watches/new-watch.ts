import * as z from "zod/mini";
import { described } from "../platform/described.ts";
import { invalidField } from "../platform/invalid-field.ts";
import { type Preset, type PresetName, presetNames, presets } from "./presets.ts";
import { type Definition, definitionSchema, tenantSchema, type WatchCall, watchFields } from "./watch.ts";

/** A watch as somebody asks for it: a preset and what is special, or everything. */
export const newWatchSchema = z.strictObject({
  ...watchFields,
  connection: z.optional(watchFields.connection),
  call: z.optional(watchFields.call),
  items: z.optional(watchFields.items),
  itemId: z.optional(watchFields.itemId),
  listed: z.optional(watchFields.listed),
  filter: z.optional(watchFields.filter),
  projection: z.optional(watchFields.projection),
  on: z.optional(watchFields.on),
  changeOf: z.optional(watchFields.changeOf),
  firstRunSends: z.optional(watchFields.firstRunSends),
  paging: z.optional(watchFields.paging),
  depth: z.optional(watchFields.depth),
  targets: z.optional(watchFields.targets),
  preset: z.optional(
    described(
      z.enum(presetNames),
      `Decides call, items, itemId and how pages are read. ${presetNames.map((name) => `${name}: ${presets[name].summary}`).join(". ")}.`,
    ),
  ),
  query: z.optional(
    described(z.record(z.string(), z.union([z.string(), z.array(z.string())])), "Parameters of a REST preset's call."),
  ),
  variables: z.optional(
    described(z.record(z.string(), z.unknown()), "Variables of a GraphQL preset, over those it has itself."),
  ),
  tenant: z.optional(
    described(
      tenantSchema(),
      "The organisation that a GraphQL preset's call is made for; the connection's by default.",
    ),
  ),
  fill: z.optional(
    described(z.record(z.string(), z.string().check(z.regex(/^[\w~.-]{1,100}$/))), "Values for a preset's path."),
  ),
});
export type NewWatch = z.infer<typeof newWatchSchema>;

/**
 * The complete definition of what somebody asks for.
 *
 * @param clientConnection the client's own connection
 * @throws Problem `request-invalid` naming what is missing
 */
export function defineWatch(asked: NewWatch, clientConnection: string): Definition {
  const { preset: name, query, variables, tenant, fill, ...own } = asked;
  const preset = name === undefined ? undefined : presetOf(name);
  const call = own.call ?? (preset === undefined ? undefined : fillCall(preset, { query, variables, tenant, fill }));
  if (preset === undefined && (query ?? variables ?? tenant ?? fill) !== undefined) {
    throw invalidField(
      "/body/preset",
      "query, variables, tenant and fill are for a preset; without one, write them into call",
    );
  }
  if (own.call !== undefined)
    refuse({ query, variables, tenant, fill }, "is for a preset's call, and call takes its place");
  const { summary: _, call: __, needs: ___, ...decided } = preset ?? {};
  const parsed = definitionSchema.safeParse({
    connection: clientConnection,
    ...decided,
    ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)),
    call,
  });
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  throw invalidField(`/body/${first?.path.join("/") ?? ""}`, `${first?.message ?? "missing"}; give it, or a preset`);
}

const presetOf = (name: PresetName): Preset => presets[name];

function fillCall(
  { call, needs = {} }: Preset,
  { query, variables, tenant, fill }: Pick<NewWatch, "query" | "variables" | "tenant" | "fill">,
): WatchCall {
  if ("graphql" in call) {
    refuse({ query, fill }, "is for REST presets; this one takes variables");
    const merged = merge(call.variables, variables ?? {});
    for (const [path, what] of Object.entries(needs)) {
      if (isMissing(merged, path)) {
        throw invalidField(
          `/body/variables/${path.replaceAll(".", "/")}`,
          `this preset needs variables.${path}: ${what}`,
        );
      }
    }
    return { ...call, variables: merged, ...(tenant === undefined ? {} : { tenant }) };
  }
  refuse({ variables, tenant }, "is for GraphQL presets; this one takes query");
  for (const name of Object.keys(fill ?? {})) {
    if (!call.path.includes(`{${name}}`))
      throw invalidField(`/body/fill/${name}`, "this preset's path has no such variable");
  }
  const path = call.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = fill?.[name];
    if (value === undefined) throw invalidField(`/body/fill/${name}`, `this preset needs fill.${name}`);
    return encodeURIComponent(value);
  });
  return { path, query: { ...call.query, ...query } };
}

/** What would be passed over without a word is refused: whoever wrote it means that it counts. */
function refuse(members: Readonly<Record<string, unknown>>, why: string): void {
  for (const [name, value] of Object.entries(members)) {
    if (value !== undefined) throw invalidField(`/body/${name}`, `${name} ${why}`);
  }
}

function isMissing(variables: Record<string, unknown>, path: string): boolean {
  const value = path
    .split(".")
    .reduce<unknown>((inner, name) => (isRecord(inner) ? inner[name] : undefined), variables);
  return value === undefined || value === null || value === "";
}

/** Objects are merged, all else is replaced. */
function merge(into: Record<string, unknown>, from: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...into };
  for (const [name, value] of Object.entries(from)) {
    const before = merged[name];
    merged[name] = isRecord(before) && isRecord(value) ? merge(before, value) : value;
  }
  return merged;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
