import * as z from "zod/mini";

/** One limit of the upstream: at most `quota` calls in any `seconds` seconds. */
export type Limit = { name: string; quota: number; seconds: number };

/**
 * Upwork's stated limits: 10 calls a second and 300 a minute for an address, 40,000 a day for a key
 * (Upwork's rate limit article, its GraphQL documentation and the API FAQ).
 */
export const defaultLimits: readonly Limit[] = [
  { name: "second", quota: 10, seconds: 1 },
  { name: "minute", quota: 300, seconds: 60 },
  { name: "day", quota: 40_000, seconds: 86_400 },
];

const positiveInteger = z.number().check(z.int(), z.positive());
const limitsSchema = z.array(
  z.strictObject({
    name: z.string().check(z.regex(/^[a-z][a-z0-9-]{0,15}$/, "a name is up to 16 lower-case letters, digits, dashes")),
    quota: positiveInteger,
    seconds: positiveInteger.check(z.lte(86_400)),
  }),
);

/** The configured limits cannot be used; the message says which one and what to write. */
export class LimitsError extends Error {
  override name = "LimitsError";
}

/**
 * Checks limits given as data or as JSON text and returns them from the shortest window to the longest.
 *
 * @throws LimitsError in one sentence that says what to write
 */
export function parseLimits(input: unknown): Limit[] {
  let value = input;
  if (typeof input === "string") {
    try {
      value = JSON.parse(input);
    } catch (cause) {
      throw new LimitsError('Limits must be JSON such as [{"name":"day","quota":40000,"seconds":86400}].', { cause });
    }
  }
  const parsed = limitsSchema.safeParse(value);
  if (!parsed.success) {
    const first = parsed.error.issues[0];
    throw new LimitsError(`Limits are wrong at "${first?.path.join(".") ?? ""}": ${first?.message ?? "not a list"}.`);
  }
  const limits = parsed.data.toSorted((a, b) => a.seconds - b.seconds);
  if (limits.length === 0) throw new LimitsError("Give at least one limit; without any, nothing protects the key.");
  if (limits.length > 6) throw new LimitsError("Give at most six limits; more would not fit one DynamoDB write.");
  for (const [index, limit] of limits.entries()) {
    const shorter = limits[index - 1];
    if (shorter?.seconds === limit.seconds) {
      throw new LimitsError(
        `Limits "${shorter.name}" and "${limit.name}" have the same length; keep the smaller quota.`,
      );
    }
    if (limits.some((other, at) => at !== index && other.name === limit.name)) {
      throw new LimitsError(`Two limits are called "${limit.name}"; give each its own name.`);
    }
    if (shorter && limit.quota < shorter.quota) {
      throw new LimitsError(
        `Limit "${limit.name}" (${limit.quota} in ${limit.seconds} s) is smaller than "${shorter.name}" (${shorter.quota} in ${shorter.seconds} s), which could then never be reached; lower "${shorter.name}" or raise "${limit.name}".`,
      );
    }
  }
  return limits;
}
