import type { RaiseEvent } from "../platform/events.ts";
import { Problem } from "../platform/problem.ts";
import { type CallForWatch, type Fetched, fetchItems } from "./fetch-items.ts";
import { type Finding, findNew, type Item, type Mark } from "./new-items.ts";
import { nextRun } from "./schedule.ts";
import type { Seen } from "./seen.ts";
import { mark, type Tell } from "./tell.ts";
import { callKey, type Watch } from "./watch.ts";
import { failureEvents, nextAfterFailure, pauseAfterMs } from "./watch-failure.ts";
import type { RunSummary, WatchState } from "./watch-state.ts";
import type { RunEnd, WatchStore } from "./watch-store.ts";

export type RunDependencies = {
  watches: Pick<WatchStore, "claim" | "finish">;
  seen: Seen;
  call: CallForWatch;
  tell: Tell;
  raise: RaiseEvent;
  now: () => number;
  createId: () => string;
};

/** What a run did; `undefined` where somebody else runs the watch, or has run it for this due time. */
export type RunResult = RunSummary | undefined;

/** A run takes one or a few calls; whoever holds a watch for longer is dead. */
export const runLeaseMs = 120_000;
/** After so long, marks of what is still there are renewed, lest the watch takes it for new one day. */
const renewAfterMs = 10 * 24 * 3_600_000;
/** What an unwanted item has in place of a version: it is known, and has no mark. */
const unwanted = "-";

/**
 * Runs a watch once: asks, finds what is new, and tells of it in order. Safe to call at any time, any number of times at
 * once: a lease lets one run at a time, and marks see to it that an item is told of once even where a lease ran out.
 *
 * @param dueAt the due time it is run for; absent where somebody asked for a run
 */
export async function runWatch(dependencies: RunDependencies, watch: Watch, dueAt?: number): Promise<RunResult> {
  const { watches, now, createId } = dependencies;
  const at = now();
  const lease = { watchId: watch.id, leaseId: createId() };
  const state = await watches.claim(watch.id, lease.leaseId, at, runLeaseMs, dueAt);
  if (state === undefined) return undefined;
  const end = await work(dependencies, watch, state, at).catch((error: unknown) =>
    afterTrouble(dependencies, watch, state, at, error),
  );
  await watches.finish(lease, end);
  return end.lastRun;
}

async function work(dependencies: RunDependencies, watch: Watch, state: WatchState, at: number): Promise<RunEnd> {
  const { seen, call, now } = dependencies;
  const isFirst = state.primedAt === undefined;
  const renews = at - state.checkedAt >= renewAfterMs;
  const marks = new Map<string, Mark & { expiresAt?: number }>();

  /** Looks up what the last run does not vouch for; true when anything is known. */
  async function look(items: readonly Item[]): Promise<boolean> {
    const asked = items.filter((item) => renews || isFirst || !isVouchedFor(watch, state.recent, item));
    for (const [key, mark] of await seen.find(
      watch.id,
      asked.map(({ key }) => key),
    ))
      marks.set(key, mark);
    return isFirst || items.some(({ key }) => state.recent.has(key) || marks.has(key));
  }

  const fetched = await fetchItems(watch, call, look);
  const vouched = (item: Item) => !renews && !isFirst && isVouchedFor(watch, state.recent, item);
  const findings = findNew(
    watch,
    fetched.items.filter((item) => !vouched(item)),
    marks,
  );
  if (renews && !isFirst) {
    for (const { key } of fetched.items) if (marks.has(key)) await seen.refresh(watch.id, key);
  }
  const first = isFirst ? await prime(dependencies, watch, fetched.items, findings) : undefined;
  const told = await dependencies.tell(watch, first?.toTell ?? findings);
  const marked = new Set([...told, ...(first?.marked ?? [])]);
  // Where a mark was not ours to write, its version is not sure either: the next run looks it up.
  const unsure = new Set(findings.map(({ item }) => item.key).filter((key) => !marked.has(key)));
  const vouchedFor = fetched.items.filter(({ key }) => !unsure.has(key));
  if (!isFirst && fetched.mayBeMore) await sayOverflow(dependencies, watch, fetched, at);
  return {
    primedAt: state.primedAt ?? at,
    checkedAt: renews || isFirst ? at : state.checkedAt,
    recent: new Map(vouchedFor.map(({ key, version, isWanted }) => [key, isWanted ? version : unwanted])),
    failures: 0,
    failingSince: undefined,
    dueAt: nextRun(watch.schedule, callKey(watch), now()),
    lastRun: {
      at,
      outcome: isFirst ? "primed" : "ran",
      detail: detailOf(fetched, isFirst),
      items: fetched.items.length,
      sent: told.size,
      pages: fetched.pages,
    },
  };
}

/** Whether the last run saw an item just as it is now, so that its mark is surely there. */
function isVouchedFor({ on }: Watch, recent: ReadonlyMap<string, string>, item: Item): boolean {
  const version = recent.get(item.key);
  if (version === undefined || version === unwanted) return false;
  return on === "new" || version === item.version;
}

/**
 * The first run marks what is there, and tells only of the newest few where that is asked for. The marks come first:
 * should the run end early, the next one tells, and never of more than was asked for.
 */
async function prime(
  { seen }: RunDependencies,
  watch: Watch,
  items: readonly Item[],
  findings: readonly Finding[],
): Promise<{ marked: string[]; toTell: Finding[] }> {
  const wanted = items.filter(({ isWanted }) => isWanted).map(({ key }) => key);
  const newest = watch.listed === "newest-first" ? wanted : wanted.toReversed();
  const told = new Set(newest.slice(0, watch.firstRunSends));
  const isTold = ({ item, kind }: Finding) => kind === "new" && told.has(item.key);
  const marked: string[] = [];
  for (const finding of findings.filter((one) => !isTold(one))) {
    if (await mark(seen, watch, finding, undefined)) marked.push(finding.item.key);
  }
  return { marked, toTell: findings.filter(isTold) };
}

async function sayOverflow({ raise }: RunDependencies, watch: Watch, fetched: Fetched, at: number): Promise<void> {
  await raise({
    id: `watch-overflow_${watch.id}_${at}`,
    type: "watch.overflow",
    at,
    data: {
      watch: { id: watch.id, name: watch.name },
      pages: fetched.pages,
      items: fetched.items.length,
      advice:
        "Everything on these pages was new, so older new items may lie behind them. Run it more often, or deeper.",
    },
  });
}

function detailOf({ withoutId, mayBeMore }: Fetched, isFirst: boolean): string {
  const parts = [
    isFirst ? "Learnt what is there." : "",
    withoutId > 0 ? `${withoutId} items had nothing that identifies them.` : "",
    !isFirst && mayBeMore ? "Every page was new, so older new items may have been missed." : "",
  ];
  return parts.filter((part) => part !== "").join(" ");
}

/** Refusals that say nothing against the watch: it yields, and comes again at its next time. */
const yields = ["quota-exceeded", "upstream-cooldown", "budget-store-unavailable"];

async function afterTrouble(
  { raise, now }: RunDependencies,
  watch: Watch,
  state: WatchState,
  at: number,
  error: unknown,
): Promise<RunEnd> {
  const { primedAt, checkedAt, recent, failures, failingSince } = state;
  const regular = nextRun(watch.schedule, callKey(watch), now());
  const kept = { primedAt, checkedAt, recent };
  const summary = { at, items: 0, sent: 0, pages: 0, detail: error instanceof Error ? error.message : String(error) };
  if (error instanceof Problem && yields.includes(error.kind)) {
    return { ...kept, failures, failingSince, dueAt: regular, lastRun: { ...summary, outcome: "skipped" } };
  }
  const since = failingSince ?? at;
  const end: RunEnd = {
    ...kept,
    failures: failures + 1,
    failingSince: since,
    dueAt: nextAfterFailure(failures + 1, regular, now()),
    lastRun: { ...summary, outcome: "failed" },
    ...(at - since >= pauseAfterMs ? { pausedBecause: `It has failed for a day: ${summary.detail}` } : {}),
  };
  for (const event of failureEvents(watch, end, at)) await raise(event);
  return end;
}
