import { allEnded } from "../platform/all-ended.ts";
import { shareCalls, type WatchCalls } from "./calls.ts";
import { type RunDependencies, type RunResult, runWatch } from "./run.ts";
import type { WatchStore } from "./watch-store.ts";

export type TickDependencies = Omit<RunDependencies, "watches" | "call"> & {
  watches: Pick<WatchStore, "due" | "find" | "claim" | "finish">;
  calls: WatchCalls;
};

/** How many of the due watches ran, by how it went; `elsewhere` are those that somebody else ran. */
export type TickReport = Record<NonNullable<RunResult>["outcome"] | "elsewhere", number>;

/** Runs so many watches side by side: their calls wait for the budget's second, not for each other. */
const sideBySide = 6;
const batch = 50;

/**
 * Runs all watches that are due, until none is or `until` comes; those left are due in the next round. Watches that
 * make the same call get the answer of one.
 */
export async function runDue(dependencies: TickDependencies, until: number): Promise<TickReport> {
  const { watches, now } = dependencies;
  const report: TickReport = { primed: 0, ran: 0, skipped: 0, failed: 0, elsewhere: 0 };
  const sharing = { ...dependencies, call: shareCalls(dependencies.calls) };
  const begun = new Set<string>();
  for (;;) {
    const due = (await watches.due(now(), batch)).filter(({ id, dueAt }) => !begun.has(`${id} ${dueAt}`));
    if (due.length === 0 || now() >= until) return report;
    const waiting = due.values();
    const work = async () => {
      for (const { id, dueAt } of waiting) {
        if (now() >= until) return;
        begun.add(`${id} ${dueAt}`);
        const found = await watches.find(id);
        const result = found === undefined ? undefined : await runWatch(sharing, found.watch, dueAt);
        report[result?.outcome ?? "elsewhere"] += 1;
      }
    };
    await allEnded(Array.from({ length: sideBySide }, work));
  }
}
