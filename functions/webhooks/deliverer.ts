import { allEnded } from "../platform/all-ended.ts";
import { type Clock, systemClock } from "../platform/clock.ts";
import type { RaiseEvent } from "../platform/events.ts";
import { attemptTimeoutMs } from "./attempt.ts";
import { type Delivery, deliveryId } from "./deliveries.ts";
import { createHealthNotes } from "./endpoint-health.ts";
import { type Endpoint, type EndpointStore, wants } from "./endpoints.ts";
import { lookAgainAt } from "./going-on.ts";
import { Lane } from "./lane.ts";
import type { Outbox, OutgoingEvent } from "./outbox.ts";
import { type TryDependencies, tryDelivery } from "./try-delivery.ts";
import type { TakeTurns } from "./turns.ts";

export type DelivererDependencies = TryDependencies & {
  endpoints: Pick<EndpointStore, "list" | "noteFailing" | "noteHealthy" | "disable">;
  outbox: Outbox;
  takeTurns: TakeTurns;
  raise: RaiseEvent;
  log: { error(message: string, details: Record<string, unknown>): void };
  /** Calls at a later moment of `now`; in real time by default. */
  after?: Clock["after"];
};

export type Deliverer = {
  /** All endpoints, to be read once for any number of events. */
  targets(): Promise<readonly Endpoint[]>;
  /**
   * Makes the deliveries of an event and begins the first tries, in the order of the calls. The event must be stored
   * until `settle`, which is called once every delivery is: should the process end before, it is fanned out again.
   */
  fanOut(event: OutgoingEvent, targets: readonly Endpoint[], settle: () => Promise<void>): Promise<void>;
  /**
   * Fans out what is pending and tries what is due, or will be before `until`. Resolves when nothing is under way and
   * nothing is due before then.
   */
  run(until: number): Promise<DeliveryReport>;
  /** Lets what `fanOut` began end, and tries again what failed, as far as that is due before `until`. */
  goOn(until: number): Promise<void>;
  /** Resolves when what `fanOut` began has ended. */
  settled(): Promise<void>;
};

export type DeliveryReport = { fannedOut: number; delivered: number; retry: number; dead: number };

/** A try ends within its timeout; past this time nobody is working on it any more. */
const leaseMs = attemptTimeoutMs * 2;
/** How long the fan-out of one event waits for room. */
const offerWaitMs = 50;
const batch = 25;
/** So many first tries of one endpoint wait in a process; the next run takes those beyond from the store. */
const maxWaiting = 1_000;

type Work = {
  lane: Lane;
  /** When the first retry is due that was noted here: the index of what is due shows it a moment later. */
  retryAt?: number | undefined;
};

/**
 * Delivers events at least once: each try is claimed for a time, so that runs which overlap do not try the same thing at
 * once, and one that died is tried again. Endpoints are worked on side by side, each in its own lane.
 */
export function createDeliverer(dependencies: DelivererDependencies): Deliverer {
  const { endpoints, outbox, deliveries, takeTurns, now, log, after = systemClock.after } = dependencies;
  const clock = { now, after };
  const noteHealth = createHealthNotes(dependencies);
  const works = new Map<string, Work>();
  const report: DeliveryReport = { fannedOut: 0, delivered: 0, retry: 0, dead: 0 };

  const wait = (ms: number) => new Promise<void>((resolve) => void after(ms, resolve));

  function workOf(endpoint: Endpoint): Work {
    const work: Work = works.get(endpoint.id) ?? { lane: new Lane(endpoint, clock, takeTurns) };
    work.lane.endpoint = endpoint;
    works.set(endpoint.id, work);
    return work;
  }

  async function fanOut(
    event: OutgoingEvent,
    targets: readonly Endpoint[],
    settle: () => Promise<void>,
  ): Promise<void> {
    await allEnded(targets.filter((endpoint) => wants(endpoint, event)).map((endpoint) => offer(endpoint, event)));
    await settle();
    report.fannedOut += 1;
  }

  /** Makes one delivery; where there is room it begins at once, else it waits its turn behind those before it. */
  async function offer(endpoint: Endpoint, event: OutgoingEvent): Promise<void> {
    const { lane } = workOf(endpoint);
    // Nothing begins here before the next run, which is free to take it then.
    if (lane.isResting || lane.waiting >= maxWaiting) return void (await deliveries.open(endpoint.id, event, now()));
    // Where sends end quickly it is better to wait for one than to write this delivery twice; never for long, for
    // behind it wait the other receivers.
    const patienceMs = lane.mayHaveRoomIn(offerWaitMs) ? offerWaitMs : 0;
    const room = lane.room(now() + leaseMs);
    const hasRoom = await Promise.race([room, wait(patienceMs)]);
    const begins = hasRoom === true ? "at once" : "with room";
    const opened = deliveries.open(endpoint.id, event, now(), { forMs: leaseMs, begins });
    if (begins === "at once") {
      begin(lane, async () => {
        const delivery = await opened.catch(() => undefined);
        return delivery === undefined || attempt(lane, delivery, event);
      });
    } else {
      // What is not begun is due in the store once it is nobody's own any more, and the next run takes it from there.
      void beginWithRoom(lane, room, opened, event).catch((error: Error) =>
        log.error("delivery not begun", { endpoint: endpoint.id, error }),
      );
    }
    await opened;
  }

  async function beginWithRoom(
    lane: Lane,
    room: Promise<boolean>,
    opened: Promise<Delivery | undefined>,
    event: OutgoingEvent,
  ): Promise<void> {
    if (await room) await tryOne(lane, deliveryId(event), { event, opened });
  }

  /** Whether there was anything to claim. */
  async function tryOne(
    lane: Lane,
    id: string,
    own?: { event: OutgoingEvent; opened: Promise<Delivery | undefined> },
  ): Promise<boolean> {
    const claim = async () => {
      const opened = await own?.opened;
      return deliveries.claim(lane.endpoint.id, id, now(), leaseMs, opened);
    };
    const delivery = await lane.claim(claim());
    if (delivery === undefined) return false;
    begin(lane, async () => attempt(lane, delivery, own?.event ?? (await outbox.find(delivery.eventId))));
    return true;
  }

  function begin(lane: Lane, send: () => Promise<boolean>): void {
    lane.begin(() =>
      send().catch((error: Error) => {
        // A store that does not answer, or a defect: the claim runs out and the delivery is tried again.
        log.error("delivery not finished", { endpoint: lane.endpoint.id, error });
        return true;
      }),
    );
  }

  /** One try, noted whatever becomes of it; whether the receiver answered. */
  async function attempt(lane: Lane, delivery: Delivery, event: OutgoingEvent | undefined): Promise<boolean> {
    const { endpoint } = lane;
    const { made, decision } = await tryDelivery(dependencies, endpoint, delivery, event);
    report[decision.kind] += 1;
    if (decision.kind === "retry") noteRetry(endpoint, decision.at);
    if (event !== undefined) lane.endpoint = await noteHealth(endpoint, made);
    return made.status !== undefined;
  }

  function noteRetry(endpoint: Endpoint, at: number): void {
    const work = works.get(endpoint.id);
    if (work !== undefined) work.retryAt = Math.min(work.retryAt ?? at, at);
  }

  async function fanOutPending(targets: readonly Endpoint[], until: number): Promise<void> {
    while (now() < until) {
      const ids = await outbox.pending(batch);
      for (const id of ids) {
        const event = await outbox.find(id);
        if (event !== undefined) await fanOut(event, targets, () => outbox.settle(event));
      }
      if (ids.length < batch) return;
    }
  }

  /** Tries what is due for one endpoint, and waits for what will be before `until`. */
  async function workDue(work: Work, until: number): Promise<void> {
    const { lane } = work;
    while (now() < until && !lane.isResting && lane.endpoint.state === "enabled") {
      if (work.retryAt !== undefined && work.retryAt <= now()) work.retryAt = undefined;
      const found = await deliveries.due(lane.endpoint.id, until, batch);
      let claimed = 0;
      for (const { id } of found.filter(({ dueAt }) => dueAt <= now())) {
        if ((await lane.room(until)) && (await tryOne(lane, id))) claimed += 1;
      }
      if (claimed > 0) continue;
      // A try that is under way, or will be, may yet leave a retry behind that is due soon.
      if (lane.isBusy) {
        await lane.idle();
        continue;
      }
      const later = found.find(({ dueAt }) => dueAt > now());
      const at = lookAgainAt([later?.dueAt, work.retryAt], now(), until);
      if (at === undefined) break;
      await wait(at - now());
    }
    await lane.idle();
  }

  async function settled(): Promise<void> {
    for (const { lane } of works.values()) await lane.idle();
  }

  return {
    targets: () => endpoints.list(),
    fanOut,
    settled,
    async goOn(until) {
      await settled();
      const failed = [...works.values()].filter(({ retryAt }) => retryAt !== undefined && retryAt < until);
      await allEnded(failed.map((work) => workDue(work, until))).finally(settled);
    },
    async run(until) {
      const before = { ...report };
      const targets = await endpoints.list();
      try {
        await fanOutPending(targets, until);
        await allEnded(
          targets.filter(({ state }) => state === "enabled").map((endpoint) => workDue(workOf(endpoint), until)),
        );
      } finally {
        // Where the store fails, tries are under way still; a frozen function would not finish them.
        await settled();
      }
      const { fannedOut, delivered, retry, dead } = report;
      return {
        fannedOut: fannedOut - before.fannedOut,
        delivered: delivered - before.delivered,
        retry: retry - before.retry,
        dead: dead - before.dead,
      };
    },
  };
}
