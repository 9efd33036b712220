import { setImmediate } from "node:timers/promises";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Clock } from "../../functions/platform/clock.ts";
import type { StateTable } from "../../functions/platform/state-table.ts";

export type VirtualTime = Clock & {
  wait(ms: number): Promise<void>;
  /** A table whose every answer takes so many virtual ms, and how many writes it was asked for, those refused included. */
  slowed(table: StateTable, answerMs: number): { table: StateTable; writes: () => number };
  /** Lets time pass until a piece of work has ended. */
  until<Result>(work: Promise<Result>): Promise<Result>;
};

/**
 * Time that goes to its next timer once nobody has anything to do before it, and stands still while a real store
 * answers. Requests to that store are made one after another, so that every run is like the one before.
 */
export function virtualTime(begin: number): VirtualTime {
  let now = begin;
  let timers: { at: number; run: () => void }[] = [];
  let asking: Promise<unknown> = Promise.resolve();
  let asked = 0;

  const after = (ms: number, run: () => void) => {
    const timer = { at: now + Math.max(1, ms), run };
    timers.push(timer);
    return () => {
      timers = timers.filter((one) => one !== timer);
    };
  };
  const wait = (ms: number) => new Promise<void>((resolve) => void after(ms, resolve));

  return {
    now: () => now,
    after,
    wait,
    slowed({ dynamo, name }, answerMs) {
      let writes = 0;
      const send = async (command: { constructor: { name: string } }) => {
        if (/^(Put|Update|Delete)/.test(command.constructor.name)) writes += 1;
        if (answerMs > 0) await wait(answerMs);
        asked += 1;
        const answer = asking.then(() => dynamo.send(command as never));
        asking = answer.catch(() => undefined);
        return answer.finally(() => {
          asked -= 1;
        });
      };
      const slow = Object.create(dynamo, { send: { value: send } }) as DynamoDBClient;
      return { table: { dynamo: slow, name }, writes: () => writes };
    },
    async until(work) {
      let hasEnded = false;
      const end = work.finally(() => {
        hasEnded = true;
      });
      // Whoever awaits `until` gets what went wrong; meanwhile nobody does.
      end.catch(() => undefined);
      for (;;) {
        await setImmediate();
        if (hasEnded) return end;
        if (asked > 0) {
          await asking;
          continue;
        }
        timers.sort((a, b) => a.at - b.at);
        const next = timers.shift();
        if (next === undefined) throw new Error("Nothing happens any more, and the work has not ended.");
        now = Math.max(now, next.at);
        next.run();
      }
    },
  };
}
