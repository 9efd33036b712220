import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { logger } from "../platform/log.ts";
import { Problem } from "../platform/problem.ts";
import { getItem, putItem, type StateTable, updateItem } from "../platform/state-table.ts";
import type { Answer } from "./answer.ts";
import { encodeCall, type UpstreamCall } from "./call.ts";
import { compress, decompress } from "./compression.ts";
import { hadNoEffect } from "./outcome.ts";

/** Makes writes safe to repeat: the same client, key and call have one effect (IETF draft idempotency-key-header). */
export type Repeats = {
  /**
   * Makes the call, or answers as it was answered the first time. Kept for 24 h.
   *
   * @throws Problem `idempotency-key-reused`, `idempotency-in-flight`, `idempotency-outcome-unknown`; or what `make` throws
   */
  once(
    clientId: string,
    key: string,
    call: UpstreamCall,
    make: () => Promise<Answer>,
  ): Promise<{ answer: Answer; isReplayed: boolean }>;
};

const keptMs = 24 * 3_600_000;
/** No call is under way for longer; whoever began it has died. */
const longestCallMs = 60_000;
/** DynamoDB takes items of 400 KB. */
const maxKeptBytes = 350_000;
const maxKeyLength = 255;

/**
 * `begun`: the call may be under way. `done`: it was answered. `unknown`: it was sent and never answered. `free`: it had
 * no effect, so the key may be used again.
 */
const recordSchema = z.object({
  state: z.enum(["begun", "done", "unknown", "free"]),
  request: z.string(),
  id: z.string(),
  begunAt: z.number(),
  expiresAt: z.number(),
  answer: z.optional(
    z.object({ status: z.number(), headers: z.record(z.string(), z.string()), body: z.instanceof(Uint8Array) }),
  ),
});

/** Keeps what became of calls in the State table, answers compressed, for 24 h. */
export function createRepeats(table: StateTable, now: () => number, createId: () => string): Repeats {
  return {
    async once(clientId, key, call, make) {
      const keyOfItem = { pk: `IDEMPOTENCY#${clientId}#${digest([checked(key)])}`, sk: "call" };
      const request = requestDigest(call);
      const id = createId();
      const begunAt = now();
      const expiresAt = Math.ceil((begunAt + keptMs) / 1000);
      const isFirst = await putItem(
        table,
        { ...keyOfItem, state: "begun", request, id, begunAt, expiresAt },
        {
          expression: "attribute_not_exists(pk) OR expiresAt < :seconds OR #state = :free",
          names: { "#state": "state" },
          values: { ":seconds": Math.floor(begunAt / 1000), ":free": "free" },
        },
      );
      if (!isFirst) {
        const item = await getItem(table, keyOfItem);
        const record = item === undefined ? undefined : recordSchema.parse(item);
        // Where the SDK repeated a write whose answer was lost, the record that stands in the way is our own.
        if (record?.id !== id) return { answer: await replay(record, request, begunAt), isReplayed: true };
      }
      const end = (state: string, answer?: Answer) =>
        updateItem(
          table,
          keyOfItem,
          answer === undefined ? "SET #state = :state" : "SET #state = :state, answer = :answer",
          {
            expression: "id = :id",
            names: { "#state": "state" },
            values: { ":state": state, ":id": id, ...(answer === undefined ? {} : { ":answer": answer }) },
          },
          // Where this fails the record stays `begun`, and a repetition is refused rather than made twice.
        ).catch((error: Error) => logger.error("idempotency record not ended", { error }));
      try {
        const answer = await make();
        if (hadNoEffect(answer.status)) await end("free");
        else await end("done", await kept(answer));
        return { answer, isReplayed: false };
      } catch (error) {
        const wasSent = !(error instanceof Problem) || error.members.sent === true;
        await end(wasSent ? "unknown" : "free");
        throw error;
      }
    },
  };
}

function checked(key: string): string {
  if (key.length <= maxKeyLength && /^[\x21-\x7e]+$/.test(key)) return key;
  throw new Problem(
    "parameters-refused",
    `An Idempotency-Key is 1 to ${maxKeyLength} printable ASCII characters without spaces, for example a UUID.`,
  );
}

/** What makes two calls the same: everything that goes upstream but the signature. */
function requestDigest(call: UpstreamCall): string {
  const { pathAndQuery, body, headers } = encodeCall(call);
  return digest([call.connection, call.method, pathAndQuery, JSON.stringify(headers), body]);
}

function digest(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("base64url");
}

async function kept({ status, headers, body }: Answer): Promise<Answer | undefined> {
  const compressed = await compress(body);
  return compressed.byteLength > maxKeptBytes ? undefined : { status, headers, body: compressed };
}

/** The answer that a record holds, if it is one for this request. */
async function replay(record: z.infer<typeof recordSchema> | undefined, request: string, now: number): Promise<Answer> {
  const inFlight = () =>
    new Problem("idempotency-in-flight", "A call with this Idempotency-Key is under way. Ask again soon.", {
      retryAfterMs: 1_000,
    });
  // Its 24 h ended between the write and this look.
  if (record === undefined) throw inFlight();
  if (record.request !== request) {
    throw new Problem(
      "idempotency-key-reused",
      "This Idempotency-Key belongs to another call: its path, parameters, body or connection were different. Use a new key for a new call.",
    );
  }
  if (record.answer !== undefined) return { ...record.answer, body: await decompress(record.answer.body) };
  if (record.state === "free" || (record.state === "begun" && now - record.begunAt < longestCallMs)) throw inFlight();
  throw new Problem(
    "idempotency-outcome-unknown",
    `A call with this Idempotency-Key was made at ${new Date(record.begunAt).toISOString()}, and its answer is not known. Look whether Upwork acted on it; if it did not, call again with a new key.`,
  );
}
