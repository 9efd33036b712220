import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Time } from "./rings.ts";

/** Tells the time as an interval that the truth lies in. */
export type Clock = { read(): Time };

/** A clock that is taken to be right: virtual time, or a single process. */
export const exactClock = (now: () => number): Clock => ({
  read: () => {
    const at = now();
    return { earliest: at, latest: at };
  },
});

/** Two clocks of this process, in ms: one that people set, one that only runs. */
export type Moment = { wall: number; steady: number };

/** What is known since a moment. */
export type Known = Time & { since: Moment };

/** A `Date` header names a whole second, and a busy server may write one that is a little old. */
const dateMs = 1_000 + 250;
/** Far more than any quartz drifts. */
const drift = 0.0002;

/** What an answer of the store says, whose `Date` header is `date`. */
export function evidenceOf(date: number, sent: Moment, received: Moment): Known {
  const tripMs = Math.max(0, received.wall - sent.wall, received.steady - sent.steady);
  return { earliest: date, latest: date + dateMs + tripMs, since: received };
}

/**
 * What is known at a later moment. One of the two clocks may have jumped or stood still since, so the time that has
 * passed lies between them.
 */
export function laterThan(known: Known, now: Moment): Known {
  const [less, more] = [now.wall - known.since.wall, now.steady - known.since.steady].toSorted((a, b) => a - b);
  return {
    earliest: known.earliest + Math.max(0, less ?? 0) * (1 - drift),
    latest: known.latest + Math.max(0, more ?? 0) * (1 + drift),
    since: now,
  };
}

/** What is known after one more piece of evidence. Where they exclude each other, a clock stood still: the new one counts. */
export function narrow(known: Known | undefined, evidence: Known): Known {
  if (known === undefined) return evidence;
  const before = laterThan(known, evidence.since);
  const earliest = Math.max(before.earliest, evidence.earliest);
  const latest = Math.min(before.latest, evidence.latest);
  return earliest <= latest ? { earliest, latest, since: evidence.since } : evidence;
}

const moment = (): Moment => ({ wall: Date.now(), steady: performance.now() });

/**
 * The store's clock as this process knows it from the `Date` headers of its answers, so that Lambdas agree on the time
 * whatever their own clocks say. Before the first answer it is the process's own.
 */
export function storeClock(dynamo: DynamoDBClient): Clock {
  let known: Known | undefined;
  dynamo.middlewareStack.add(
    (next) => async (args) => {
      const sent = moment();
      const result = await next(args);
      const { headers } = result.response as { headers?: Record<string, string> };
      const date = Date.parse(headers?.date ?? "");
      if (!Number.isNaN(date)) known = narrow(known, evidenceOf(date, sent, moment()));
      return result;
    },
    // Next to the wire, where answers are seen before they are errors.
    { step: "deserialize", priority: "low", name: "readStoreClock" },
  );
  return {
    read() {
      const now = moment();
      return known === undefined ? { earliest: now.wall, latest: now.wall } : laterThan(known, now);
    },
  };
}
