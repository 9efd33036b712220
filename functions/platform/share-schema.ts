import * as z from "zod/mini";

/**
 * A client's share of the shared budget. Units are calls; a guarantee holds in any 24 h, a cap counts per UTC day.
 *
 * - `guaranteed`: units that nobody else can take.
 * - `cap`: at most this many units a UTC day, whatever is left.
 * - `priority`: `batch` clients leave the last part of the common pool to `interactive` ones.
 * - `mode`: `observe` counts and reports the refusals that the share would have caused, and refuses none of them.
 * - `temporary`: another cap until a moment (ISO 8601), after which `cap` counts again.
 */
export const shareSchema = z.strictObject({
  guaranteed: z._default(z.int().check(z.gte(0)), 0),
  cap: z.optional(z.int().check(z.gte(0))),
  priority: z._default(z.enum(["interactive", "batch"]), "interactive"),
  mode: z._default(z.enum(["enforce", "observe"]), "enforce"),
  temporary: z.optional(z.strictObject({ cap: z.int().check(z.gte(0)), until: z.iso.datetime() })),
});

export type Share = z.infer<typeof shareSchema>;

/** The share of a client that was given none: all of the common pool, nothing of its own. */
export const defaultShare: Share = shareSchema.parse({});
