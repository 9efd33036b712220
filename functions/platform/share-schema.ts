import * as z from "zod/mini";
import type { Limit } from "./limit-schema.ts";

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
  temporary: z.optional(z.strictObject({ cap: z.int().check(z.gte(0)), until: z.string() })),
});

export type Share = z.infer<typeof shareSchema>;

/** The share of a client that was given none: all of the common pool, nothing of its own. */
export const defaultShare: Share = shareSchema.parse({});

/** A client as the budget sees it. */
export type BudgetClient = { id: string; share: Share };

/** The part of the day's quota that nobody but the gateway can take: token exchanges, refreshes, probes. */
const gatewayFraction = 0.02;
const maxGuaranteedClients = 20;
const daySeconds = 86_400;

/** The limit that guarantees are a part of; without a day's limit nothing can be guaranteed. */
export function dayLimit(limits: readonly Limit[]): Limit | undefined {
  return limits.find(({ seconds }) => seconds === daySeconds);
}

/** The gateway's own guarantee, in units of any 24 h. */
export function gatewayGuarantee(dayQuota: number): number {
  return Math.floor(dayQuota * gatewayFraction);
}

/** Guarantees that cannot all be kept; the message has the arithmetic. */
export class GuaranteesError extends Error {
  override name = "GuaranteesError";
}

/**
 * Checks that all guarantees together can be kept. `guaranteed` has each client's units by its id, zeros included.
 *
 * @throws GuaranteesError in one sentence with the arithmetic
 */
export function checkGuarantees(limits: readonly Limit[], guaranteed: Readonly<Record<string, number>>): void {
  const given = Object.entries(guaranteed).filter(([, units]) => units > 0);
  if (given.length === 0) return;
  const day = dayLimit(limits);
  if (day === undefined) {
    throw new GuaranteesError(
      "Nothing can be guaranteed, because no limit is a day (86,400 s) long; use caps instead.",
    );
  }
  if (given.length > maxGuaranteedClients) {
    throw new GuaranteesError(
      `${given.length} clients would have a guarantee, and at most ${maxGuaranteedClients} can; give the smallest ones none.`,
    );
  }
  const own = gatewayGuarantee(day.quota);
  const sum = given.reduce((total, [, units]) => total + units, 0);
  if (sum > day.quota - own) {
    const terms = given.map(([id, units]) => `${units} (${id})`).join(" + ");
    throw new GuaranteesError(
      `The guarantees add up to ${terms} = ${sum}, but limit "${day.name}" has ${day.quota} - ${own} (the gateway's own) = ${day.quota - own} to give; lower them by ${sum - (day.quota - own)}.`,
    );
  }
}
