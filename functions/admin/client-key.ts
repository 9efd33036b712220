import type { ProblemKind } from "../platform/problem.ts";

/** How a client shows its key, as OpenAPI has it. */
export const clientKey = [{ clientKey: [] }, { clientKeyHeader: [] }];

/** What everything that asks for a client key may answer. */
export const keyProblems = [
  "key-missing",
  "key-refused",
  "key-ambiguous",
  "too-many-attempts",
  "internal",
] as const satisfies readonly ProblemKind[];
