import type { Deliverer } from "../webhooks/deliverer.ts";
import { type Endpoint, wants } from "../webhooks/endpoints.ts";
import type { Outbox, OutgoingEvent } from "../webhooks/outbox.ts";
import type { Finding } from "./new-items.ts";
import type { Seen } from "./seen.ts";
import type { Watch } from "./watch.ts";

export type TellDependencies = {
  seen: Seen;
  outbox: Pick<Outbox, "keep">;
  deliverer: Pick<Deliverer, "targets" | "fanOut">;
  now: () => number;
  log: { info(message: string, details: Record<string, unknown>): void };
};

/** Tells of findings in their order, each exactly once whoever else tells; returns the keys of those that were ours. */
export type Tell = (watch: Watch, findings: readonly Finding[]) => Promise<ReadonlySet<string>>;

/** The event that tells of a finding. Its id follows from what it tells, so that it is the same however often it is made. */
export function eventOf(watch: Watch, { item, kind, revision }: Finding, at: number): OutgoingEvent {
  return {
    id: `${watch.id}_${item.key}${revision === 0 ? "" : `_${revision}`}`,
    type: kind === "new" ? "watch.item.new" : "watch.item.changed",
    at,
    data: { watch: { id: watch.id, name: watch.name }, itemId: item.id, item: item.content },
    ...(watch.targets === undefined ? {} : { targets: watch.targets }),
  };
}

/** Tells over the outbox and the deliverer; the mark is what makes it once. */
export function createTell(dependencies: TellDependencies): Tell {
  const { seen, deliverer, now, log } = dependencies;
  return async (watch, findings) => {
    const targets = findings.length === 0 ? [] : await deliverer.targets();
    const told = new Set<string>();
    let at = 0;
    for (const finding of findings) {
      // No two events have the same moment, so that deliveries, which sort by it, keep the order.
      at = Math.max(now(), at + 1);
      const event = eventOf(watch, finding, at);
      const isWanted = targets.some((endpoint) => wants(endpoint, event));
      if (!(await mark(seen, watch, finding, isWanted ? event : undefined))) continue;
      told.add(finding.item.key);
      log.info("event", { eventId: event.id, eventType: event.type, isWanted });
      if (isWanted) await fanOutMark(dependencies, { watchId: watch.id, key: finding.item.key, event }, targets);
    }
    return told;
  };
}

/** Marks a finding; mark and event are one write: who makes it tells, and nobody else does. False when somebody was faster. */
export function mark(seen: Seen, watch: Watch, finding: Finding, event: OutgoingEvent | undefined): Promise<boolean> {
  const { item } = finding;
  return finding.kind === "new"
    ? seen.markNew(watch.id, item.key, item.version, event)
    : seen.markChanged(watch.id, item.key, finding.before, item.version, event);
}

type PendingMark = { watchId: string; key: string; event: OutgoingEvent };

/** From a mark to deliveries. Each step may be repeated after a crash, and none loses or doubles anything then. */
async function fanOutMark(
  { seen, outbox, deliverer }: Pick<TellDependencies, "seen" | "outbox" | "deliverer">,
  { watchId, key, event }: PendingMark,
  targets: readonly Endpoint[],
): Promise<void> {
  await outbox.keep(event);
  await deliverer.fanOut(event, targets, () => seen.settle(watchId, key, event.id));
}

/** Tells what marks hold that nobody told in time: whoever wrote them ended too early. */
export async function tellPending(
  dependencies: Pick<TellDependencies, "seen" | "outbox" | "deliverer">,
  limit: number,
): Promise<number> {
  const pending = await dependencies.seen.pending(limit);
  if (pending.length === 0) return 0;
  const targets = await dependencies.deliverer.targets();
  for (const one of pending) await fanOutMark(dependencies, one, targets);
  return pending.length;
}
