import * as z from "zod/mini";
import { defaultLimits, type Limit, parseLimits } from "./limit-schema.ts";

/** What every function knows about its surroundings, read once from the environment. */
export type Config = {
  stage: string;
  /** Which client keys are accepted: `test` for a gateway in front of a sandbox, `live` for the real Upwork. */
  keyKind: "live" | "test";
  /** Origin under which people reach this gateway, without a trailing slash; the OAuth callback is below it. */
  publicUrl: string;
  budgetTable: string;
  stateTable: string;
  /** Prefix of all secrets, without a trailing slash. */
  secretPrefix: string;
  limits: readonly Limit[];
  /** Origin of Upwork's REST API and consent page, without a trailing slash. */
  upstream: string;
  /** Origin of Upwork's GraphQL API, without a trailing slash. */
  graphqlUpstream: string;
  /** Whether pages and `/oauth/start` ask for the admin key; `open` is for a gateway only its own machine can reach. */
  adminDoor: "key" | "open";
  /** How long before its end an OAuth 2.0 access token is refreshed by the schedule. */
  refreshEarlyMs: number;
  /** How long one upstream call may take, connection included. */
  upstreamTimeoutMs: number;
  /** The part of the common pool, 0 to 1, that batch clients leave to interactive ones. */
  batchReserve: number;
  /** How many days the call log keeps a call: 30 at most, as Upwork's terms want of what is stored. */
  callLogDays: number;
  /** Where webhooks may go; `loopback` is for a gateway on one machine, whose receivers may be on it too. */
  webhookReach: "public" | "loopback";
};

const origin = z.string().check(
  z.refine((value) => /^https?:\/\//.test(value) && URL.canParse(value), "must be a URL such as https://example.com"),
  z.refine((value) => !value.endsWith("/"), "must not end with a slash"),
);

const environmentSchema = z.object({
  GATEWAY_STAGE: z.string().check(z.regex(/^[a-z][a-z0-9-]{0,30}$/)),
  GATEWAY_KEY_KIND: z.enum(["live", "test"]),
  GATEWAY_PUBLIC_URL: origin,
  GATEWAY_BUDGET_TABLE: z.string().check(z.minLength(3)),
  GATEWAY_STATE_TABLE: z.string().check(z.minLength(3)),
  GATEWAY_SECRET_PREFIX: z.string().check(z.regex(/^[A-Za-z0-9/_+=.@-]+[^/]$/)),
  GATEWAY_LIMITS: z.optional(z.string()),
  GATEWAY_UPSTREAM: origin,
  GATEWAY_GRAPHQL_UPSTREAM: z._default(origin, "https://api.upwork.com"),
  GATEWAY_ADMIN_DOOR: z.optional(z.enum(["key", "open"])),
  GATEWAY_REFRESH_EARLY_MINUTES: z._default(z.number().check(z.int(), z.gte(1), z.lte(1_380)), 120),
  GATEWAY_BATCH_RESERVE: z.optional(z.number().check(z.gte(0), z.lte(1))),
  GATEWAY_UPSTREAM_TIMEOUT_MS: z.optional(z.number().check(z.gte(100), z.lte(28_000))),
  GATEWAY_CALL_LOG_DAYS: z._default(z.number().check(z.int(), z.gte(1), z.lte(30)), 30),
  GATEWAY_WEBHOOK_REACH: z._default(z.enum(["public", "loopback"]), "public"),
});

/** Variables that are numbers, which an environment has as texts. */
const numbers = [
  "GATEWAY_REFRESH_EARLY_MINUTES",
  "GATEWAY_BATCH_RESERVE",
  "GATEWAY_UPSTREAM_TIMEOUT_MS",
  "GATEWAY_CALL_LOG_DAYS",
] as const;

/** A function was deployed, or started, with an environment it cannot work in. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

/**
 * Reads the configuration from environment variables.
 *
 * @throws ConfigError naming each variable that is missing or wrong
 */
export function readConfig(environment: Record<string, string | undefined> = process.env): Config {
  const given: Record<string, string | number | undefined> = { ...environment };
  for (const name of numbers) if (given[name] !== undefined) given[name] = Number(given[name]);
  // Read once, so no parser is compiled for it.
  const parsed = environmentSchema.safeParse(given, { jitless: true });
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new ConfigError(`The environment is not usable. Set these variables: ${problems.join("; ")}`);
  }
  const values = parsed.data;
  return {
    stage: values.GATEWAY_STAGE,
    keyKind: values.GATEWAY_KEY_KIND,
    publicUrl: values.GATEWAY_PUBLIC_URL,
    budgetTable: values.GATEWAY_BUDGET_TABLE,
    stateTable: values.GATEWAY_STATE_TABLE,
    secretPrefix: values.GATEWAY_SECRET_PREFIX,
    limits: values.GATEWAY_LIMITS === undefined ? defaultLimits : parseLimits(values.GATEWAY_LIMITS),
    upstream: values.GATEWAY_UPSTREAM,
    graphqlUpstream: values.GATEWAY_GRAPHQL_UPSTREAM,
    adminDoor: values.GATEWAY_ADMIN_DOOR ?? "key",
    refreshEarlyMs: values.GATEWAY_REFRESH_EARLY_MINUTES * 60_000,
    upstreamTimeoutMs: values.GATEWAY_UPSTREAM_TIMEOUT_MS ?? 25_000,
    batchReserve: values.GATEWAY_BATCH_RESERVE ?? 0.2,
    callLogDays: values.GATEWAY_CALL_LOG_DAYS,
    webhookReach: values.GATEWAY_WEBHOOK_REACH,
  };
}
