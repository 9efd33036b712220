import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { functionDefinitions } from "../platform/names.ts";
import { Problem } from "../platform/problem.ts";
import { deleteItem, getItem, putItem, type StateTable } from "../platform/state-table.ts";

/** What came of one call of a hook. Upwork's content in it lives a day (its API terms). */
export type HookResult = {
  id: string;
  hookId: string;
  state: "running" | "done" | "failed";
  at: number;
  /** Upwork's status and body, or how a watch's run went, or why there is neither. */
  outcome?: unknown;
};

const lifeMs = 24 * 3_600_000;
/** Past this time nobody works on a result any more: Lambda has ended the function, its init included. */
export const runningMs = (functionDefinitions.hooks.timeoutSeconds + 15) * 1_000;
/** A DynamoDB item holds 400 KB. */
const maxOutcomeBytes = 300_000;

const resultSchema = z.object({
  id: z.string(),
  hookId: z.string(),
  state: z.enum(["running", "done", "failed"]),
  at: z.number(),
  outcome: z.optional(z.string()),
  expiresAt: z.number(),
});
const claimSchema = z.object({ resultId: z.string(), expiresAt: z.number() });

export type HookResults = {
  /**
   * Takes a sender's message id for a result; returns the result's id that has it, which is another where the id was
   * used before.
   */
  claim(hookId: string, messageId: string, resultId: string): Promise<string>;
  /** Lets a message come again, because nothing was done for it. */
  release(hookId: string, messageId: string): Promise<void>;
  save(result: HookResult): Promise<void>;
  find(id: string): Promise<HookResult | undefined>;
};

/** Keeps results and the ids of messages in the State table for a day. */
export function createHookResults(table: StateTable, now: () => number): HookResults {
  const resultKey = (id: string) => ({ pk: `HOOK-RESULT#${id}`, sk: "-" });
  // A sender's id may be longer than DynamoDB takes a key.
  const claimKey = (hookId: string, messageId: string) => ({
    pk: `HOOK-CALL#${hookId}`,
    sk: createHash("sha256").update(messageId).digest("hex"),
  });
  const expiresAt = () => Math.ceil((now() + lifeMs) / 1000);
  return {
    async claim(hookId, messageId, resultId) {
      const key = claimKey(hookId, messageId);
      const isOurs = await putItem(
        table,
        { ...key, resultId, expiresAt: expiresAt() },
        { expression: "attribute_not_exists(pk) OR expiresAt <= :now", values: { ":now": Math.floor(now() / 1000) } },
      );
      return isOurs ? resultId : claimSchema.parse(await getItem(table, key)).resultId;
    },
    async release(hookId, messageId) {
      await deleteItem(table, claimKey(hookId, messageId));
    },
    async save({ outcome, ...result }) {
      const text = outcome === undefined ? undefined : JSON.stringify(outcome);
      const kept =
        text !== undefined && Buffer.byteLength(text) > maxOutcomeBytes
          ? JSON.stringify({ omitted: "The answer is larger than 300 KB; ask for it with Prefer: wait." })
          : text;
      await putItem(table, { ...resultKey(result.id), ...result, outcome: kept, expiresAt: expiresAt() });
    },
    async find(id) {
      const item = await getItem(table, resultKey(id));
      if (item === undefined) return undefined;
      const { expiresAt: end, outcome, ...result } = resultSchema.parse(item);
      if (end * 1000 <= now()) return undefined;
      if (result.state === "running" && result.at + runningMs <= now()) return abandoned(result);
      return { ...result, ...(outcome === undefined ? {} : { outcome: JSON.parse(outcome) as unknown }) };
    },
  };
}

/** A result that nobody can bring any more: whoever worked on it ended before it was kept. */
export function abandoned(result: Pick<HookResult, "id" | "hookId" | "at">): HookResult {
  const problem = new Problem(
    "internal",
    "The gateway ended before it could note what came of this. The call may have been made; look at Upwork before you send it again, under another id.",
  );
  return { ...result, state: "failed", outcome: problem.toJSON() };
}
