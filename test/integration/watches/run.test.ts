import { describe, expect, test } from "vitest";
import type { GatewayEvent } from "../../../functions/platform/events.ts";
import { Problem } from "../../../functions/platform/problem.ts";
import type { StateTable } from "../../../functions/platform/state-table.ts";
import type { WatchCalls } from "../../../functions/watches/calls.ts";
import { type RunDependencies, runLeaseMs, runWatch } from "../../../functions/watches/run.ts";
import { createSeen, seenLifeMs } from "../../../functions/watches/seen.ts";
import { createTell, tellPending } from "../../../functions/watches/tell.ts";
import { runDue } from "../../../functions/watches/tick.ts";
import type { Watch } from "../../../functions/watches/watch.ts";
import { createWatchStore, type WatchStore } from "../../../functions/watches/watch-store.ts";
import { contentLifeMs, createOutbox, type OutgoingEvent } from "../../../functions/webhooks/outbox.ts";
import { asDocumented } from "../../support/events.ts";
import { onFreshStateTable } from "../../support/fresh-tables.ts";
import { source, watch } from "../../support/watches.ts";
import { endpoint, itemEvent } from "../../support/webhooks.ts";

let table: StateTable;
let watches: WatchStore;
let clock: number;
let told: OutgoingEvent[];
let raised: GatewayEvent[];
let ids: number;
const now = () => clock;
const minutes = (count: number) => count * 60_000;

onFreshStateTable((fresh) => {
  table = fresh;
  watches = createWatchStore(table);
  clock = 1_700_000_000_000;
  [told, raised, ids] = [[], [], 0];
});

/** Everything real but the source and the receivers. */
function world(from = source(), own: Partial<RunDependencies> = {}) {
  const seen = createSeen(table, now);
  const telling = {
    seen,
    outbox: createOutbox(table, now),
    deliverer: {
      targets: async () => [endpoint()],
      fanOut: async (event: OutgoingEvent, _targets: unknown, settle: () => Promise<void>) => {
        told.push(event);
        await settle();
      },
    },
    now,
    log: { info: () => undefined },
  };
  const dependencies: RunDependencies = {
    watches,
    seen,
    call: from.call,
    tell: createTell(telling),
    raise: async (event) => void raised.push(event),
    now,
    createId: () => {
      ids += 1;
      return `lease_${ids}`;
    },
    ...own,
  };
  return { from, dependencies, telling };
}

async function created(own: Partial<Watch> = {}): Promise<Watch> {
  const one = watch(own);
  await watches.create(one, clock);
  return one;
}
const toldIds = () => told.map(({ data }) => data.itemId);
const stateOf = async (id = "wat_1") => (await watches.find(id))?.state;

/** Runs as the schedule would, at the time it is due. */
async function runAtDue(dependencies: RunDependencies, one: Watch) {
  const dueAt = (await stateOf(one.id))?.dueAt;
  if (dueAt === undefined) throw new Error("not due");
  clock = Math.max(clock, dueAt);
  return runWatch(dependencies, one, dueAt);
}

describe("the first run", () => {
  test("learns what is there and tells nothing", async () => {
    const { from, dependencies } = world();
    from.post("1", "2", "3");
    expect(await runAtDue(dependencies, await created())).toMatchObject({ outcome: "primed", items: 3, sent: 0 });
    expect(told).toEqual([]);
  });

  test("tells of the newest few where that is asked for", async () => {
    const { from, dependencies } = world();
    from.post("1", "2", "3");
    await runAtDue(dependencies, await created({ firstRunSends: 2 }));
    expect(toldIds()).toEqual(["2", "3"]);
  });
});

describe("later runs", () => {
  test("tell of each new item once, from the oldest to the newest", async () => {
    const { from, dependencies } = world();
    from.post("1", "2");
    const one = await created();
    await runAtDue(dependencies, one);
    from.post("3", "4", "5");
    expect(await runAtDue(dependencies, one)).toMatchObject({ outcome: "ran", sent: 3, pages: 1 });
    await runAtDue(dependencies, one);
    expect(toldIds()).toEqual(["3", "4", "5"]);
    expect(told[0]).toMatchObject({
      type: "watch.item.new",
      data: { watch: { id: "wat_1", name: "Jobs" }, item: { id: "3", title: "Job 3" } },
    });
    expect(told.map(({ at }) => at)).toEqual(told.map(({ at }) => at).toSorted((a, b) => a - b));
    expect(new Set(told.map(({ at }) => at)).size).toBe(3);
  });

  test("tell of an item whose numbers DynamoDB does not take, and keep such variables", async () => {
    const odd = { id: "2", cents: 12345678901234567890n.toString(), ratio: 1e300, views: 2 ** 60, tiny: 5e-324 };
    const { from, dependencies } = world(source([{ id: "1" }]));
    const call = { graphql: "{ jobs { id } }", variables: { after: 2 ** 60, share: 1e300 } };
    const one = await created({ call });
    expect((await watches.find(one.id))?.watch.call).toEqual(call);
    await runAtDue(dependencies, one);
    from.items.push(odd);
    expect(await runAtDue(dependencies, one)).toMatchObject({ outcome: "ran", sent: 1 });
    expect(told[0]?.data.item).toEqual(odd);
  });

  test("do not tell again of an item that was gone for a while", async () => {
    const { from, dependencies } = world();
    from.post("1", "2");
    const one = await created();
    await runAtDue(dependencies, one);
    const [gone] = from.items.splice(0, 1);
    await runAtDue(dependencies, one);
    if (gone) from.items.unshift(gone);
    await runAtDue(dependencies, one);
    expect(told).toEqual([]);
  });

  test("tell of changes where changes count, each once, with an id of its own", async () => {
    const { from, dependencies } = world(source([{ id: "1", state: "open" }]));
    const one = await created({ on: "changed", changeOf: "state" });
    await runAtDue(dependencies, one);
    for (const state of ["filled", "filled", "open", "filled"]) {
      from.items[0] = { id: "1", state, title: String(clock) };
      await runAtDue(dependencies, one);
    }
    expect(told.map(({ type, data }) => [type, (data.item as { state: string }).state])).toEqual([
      ["watch.item.changed", "filled"],
      ["watch.item.changed", "open"],
      ["watch.item.changed", "filled"],
    ]);
    expect(new Set(told.map(({ id }) => id)).size).toBe(3);
  });

  test("tell of an item once it passes the filter", async () => {
    const { from, dependencies } = world(source([{ id: "1", state: "draft" }]));
    const one = await created({ filter: "state == 'open'" });
    await runAtDue(dependencies, one);
    from.items[0] = { id: "1", state: "open" };
    await runAtDue(dependencies, one);
    await runAtDue(dependencies, one);
    expect(toldIds()).toEqual(["1"]);
  });

  test("know an item for as long as the source shows it, and forget it thirty days after", async () => {
    const { from, dependencies } = world();
    from.post("1");
    const one = await created({ schedule: { everyMinutes: 7 * 24 * 60 } });
    for (let week = 0; week < 9; week += 1) await runAtDue(dependencies, one);
    expect(told, "after two months it is still known").toEqual([]);
    const seen = createSeen(table, now);
    const [[key] = [""]] = [...((await stateOf())?.recent ?? [])];
    expect(await seen.find("wat_1", [key])).toHaveProperty("size", 1);
    clock += seenLifeMs + 2_000;
    expect(await seen.find("wat_1", [key])).toHaveProperty("size", 0);
  });

  test("store no event where nobody wants it, and mark the item all the same", async () => {
    const { from, dependencies, telling } = world();
    const deaf = {
      ...telling,
      deliverer: { ...telling.deliverer, targets: async () => [endpoint({ state: "disabled" })] },
    };
    const one = await created();
    await runAtDue(dependencies, one);
    from.post("1");
    await runAtDue({ ...dependencies, tell: createTell(deaf) }, one);
    await runAtDue(dependencies, one);
    expect(told).toEqual([]);
  });
});

describe("paging", () => {
  const manyPosted = (from: ReturnType<typeof source>, first: number, count: number) =>
    from.post(...Array.from({ length: count }, (_, index) => String(first + index)));

  test("goes on while pages hold nothing known, and stops at the first that does", async () => {
    const { from, dependencies } = world();
    manyPosted(from, 1, 10);
    const one = await created();
    await runAtDue(dependencies, one);
    manyPosted(from, 11, 15);
    expect(await runAtDue(dependencies, one)).toMatchObject({ pages: 2, sent: 15 });
    expect(raised).toEqual([]);
  });

  test("says that it may have missed something when even the deepest page was all new", async () => {
    const { from, dependencies } = world();
    manyPosted(from, 1, 10);
    const one = await created({ depth: 2 });
    await runAtDue(dependencies, one);
    clock += minutes(60);
    manyPosted(from, 11, 35);
    expect(await runAtDue(dependencies, one)).toMatchObject({ pages: 2, sent: 20 });
    expect(asDocumented(raised)).toMatchObject([{ type: "watch.overflow", data: { pages: 2, items: 20 } }]);
    expect(toldIds().at(-1)).toBe("45");
  });

  test("says nothing of the kind where the list simply ends", async () => {
    const { from, dependencies } = world();
    const one = await created({ depth: 2 });
    await runAtDue(dependencies, one);
    manyPosted(from, 1, 12);
    expect(await runAtDue(dependencies, one)).toMatchObject({ pages: 2, sent: 12 });
    expect(raised).toEqual([]);
  });
});

describe("duplicated, late and overlapping invocations", () => {
  test("of the same due time run it once", async () => {
    const { from, dependencies } = world();
    const one = await created();
    await runAtDue(dependencies, one);
    from.post("1", "2");
    const dueAt = (await stateOf())?.dueAt ?? 0;
    clock = dueAt;
    const results = await Promise.all(Array.from({ length: 8 }, () => runWatch(dependencies, one, dueAt)));
    expect(results.filter((result) => result !== undefined)).toHaveLength(1);
    clock += minutes(30);
    expect(await runWatch(dependencies, one, dueAt), "hours late").toBeUndefined();
    expect(toldIds()).toEqual(["1", "2"]);
  });

  test("that run at once although the lease ran out tell of each item once between them", async () => {
    const { from, dependencies } = world();
    const one = await created();
    await runAtDue(dependencies, one);
    from.post("1", "2", "3", "4", "5", "6");
    // The lease is taken away from under each run, as if it had taken too long.
    let runs = 0;
    const slow = {
      ...dependencies,
      call: async (...args: Parameters<typeof dependencies.call>) => {
        const answer = await dependencies.call(...args);
        runs += 1;
        if (runs < 4) {
          clock += runLeaseMs + 1;
          await runWatch(slow, one);
        }
        return answer;
      },
    };
    await runWatch(slow, one);
    expect(runs).toBe(4);
    expect(toldIds()).toEqual(["1", "2", "3", "4", "5", "6"]);
    expect((await stateOf())?.leaseId).toBeUndefined();
  });

  test("that were dropped for an hour cost nothing that the source still shows", async () => {
    const { from, dependencies } = world();
    const one = await created();
    await runAtDue(dependencies, one);
    from.post("1");
    clock += minutes(60);
    from.post("2", "3");
    await runAtDue(dependencies, one);
    expect(toldIds()).toEqual(["1", "2", "3"]);
  });
});

describe("a run that dies", () => {
  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])(
    "after %i writes leaves nothing untold and tells nothing twice",
    async (writes) => {
      const { from, dependencies } = world();
      from.post("old");
      const one = await created();
      await runAtDue(dependencies, one);
      from.post("1", "2", "3");

      // From the given write on, the process is gone: nothing it does reaches the table or a receiver any more.
      let left = writes;
      const dying = new Proxy(table.dynamo, {
        get(client, name) {
          if (name !== "send") return Reflect.get(client, name);
          return async (command: { constructor: { name: string } }) => {
            const isWrite = /^(Put|Update|Delete)/.test(command.constructor.name);
            if (isWrite && left <= 0) throw new Error("killed");
            if (isWrite) left -= 1;
            return client.send(command as never);
          };
        },
      });
      const deadTable = { ...table, dynamo: dying };
      const dead = world(from);
      const seen = createSeen(deadTable, now);
      const telling = { ...dead.telling, seen, outbox: createOutbox(deadTable, now) };
      const dueAt = (await stateOf())?.dueAt ?? 0;
      clock = dueAt;
      await runWatch(
        { ...dead.dependencies, watches: createWatchStore(deadTable), seen, tell: createTell(telling) },
        one,
        dueAt,
      ).catch(() => undefined);

      clock += runLeaseMs + minutes(1);
      const { dependencies: next, telling: later } = world(from);
      await tellPending(later, 100);
      await runDue({ ...next, watches, calls: { call: from.call, check: async () => undefined } }, clock + minutes(1));
      await tellPending(later, 100);
      const events = new Map(told.map((event) => [event.id, event.data.itemId]));
      expect([...events.values()].toSorted()).toEqual(["1", "2", "3"]);
      // What was told twice has the same id, and so the same deliveries.
      expect(events.size).toBe(3);
      expect(await watches.due(clock + minutes(60), 10)).toHaveLength(1);
    },
  );

  test("tells of an item without its content where nobody told of it for a day", async () => {
    const seen = createSeen(table, now);
    await seen.markNew("wat_1", "a", "v1", itemEvent({ at: clock }));
    clock += contentLifeMs - 1;
    expect(await seen.pending(10)).toMatchObject([{ event: { data: { item: expect.anything() } } }]);
    clock += 1;
    const [pending] = await seen.pending(10);
    expect(pending?.event.data).not.toHaveProperty("item");
    expect(pending?.event.data).toHaveProperty("itemId");
  });
});

describe("trouble", () => {
  const refusing = (kind: "quota-exceeded" | "upstream-cooldown" | "client-not-allowed") => async () => {
    throw new Problem(kind, `refused: ${kind}`);
  };

  test("of the budget skips the run, says so, and counts as no failure", async () => {
    const one = await created();
    const { dependencies } = world(source(), { call: refusing("quota-exceeded") });
    expect(await runAtDue(dependencies, one)).toMatchObject({ outcome: "skipped", detail: "refused: quota-exceeded" });
    expect(await stateOf()).toMatchObject({ failures: 0, status: "active" });
    expect((await stateOf())?.dueAt).toBeLessThanOrEqual(clock + minutes(5));
  });

  test("upstream makes the watch come later and later, is told once at the fifth failure, and pauses it after a day", async () => {
    const one = await created();
    const { from, dependencies } = world(source(), { call: refusing("client-not-allowed") });
    const pauses: number[] = [];
    for (let failure = 1; failure <= 30; failure += 1) {
      const state = await stateOf();
      if (state?.status !== "active") break;
      await runAtDue(dependencies, one);
      pauses.push(((await stateOf())?.dueAt ?? clock) - clock);
      expect(raised.length, `after ${failure} failures`).toBeLessThanOrEqual(failure < 5 ? 0 : 2);
    }
    expect(pauses[7]).toBeGreaterThan(pauses[3] ?? Infinity);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(minutes(240));
    expect(await stateOf()).toMatchObject({
      status: "paused",
      pausedBecause: expect.stringContaining("failed for a day"),
    });
    expect((await stateOf())?.dueAt).toBeUndefined();
    expect(asDocumented(raised).map(({ type, data }) => [type, data.isPaused])).toEqual([
      ["watch.failing", false],
      ["watch.failing", true],
    ]);
    expect(from.calls).toEqual([]);
  });

  test("that is over is forgotten", async () => {
    const one = await created();
    const { dependencies } = world(source(), { call: refusing("client-not-allowed") });
    await runAtDue(dependencies, one);
    await runAtDue(dependencies, one);
    expect(await stateOf()).toMatchObject({ failures: 2, failingSince: expect.any(Number) });
    await runAtDue(world().dependencies, one);
    expect(await stateOf()).toMatchObject({ failures: 0, lastRun: { outcome: "primed" } });
    expect((await stateOf())?.failingSince).toBeUndefined();
  });
});

describe("a round", () => {
  test("makes one call for watches that make the same one, and asks whether the others' clients may", async () => {
    const { from, dependencies } = world();
    from.post("1");
    const check = async ({ client }: { client: string }) => {
      if (client === "stranger") throw new Problem("client-not-allowed", "not yours");
    };
    const calls: WatchCalls = {
      check,
      call: async (caller, request) => {
        await check(caller);
        return from.call(caller, request);
      },
    };
    await created({ id: "wat_1" });
    await created({ id: "wat_2", client: "other" });
    await created({ id: "wat_3", client: "stranger" });
    await created({ id: "wat_4", call: { path: "/api/profiles/v2/search/jobs", query: { q: "else" } } });
    expect(await runDue({ ...dependencies, watches, calls }, clock + 1)).toEqual({
      primed: 3,
      ran: 0,
      skipped: 0,
      failed: 1,
      elsewhere: 0,
    });
    expect(from.calls).toHaveLength(2);
    expect((await stateOf("wat_3"))?.lastRun?.detail).toBe("not yours");
  });

  test("leaves what does not fit its time to the next one", async () => {
    const { dependencies } = world();
    for (let index = 0; index < 20; index += 1) await created({ id: `wat_${index}` });
    const calls = {
      call: async () => {
        clock += 1_000;
        return { jobs: [] };
      },
      check: async () => undefined,
    };
    const first = await runDue({ ...dependencies, watches, calls }, clock + 500);
    expect(first.primed).toBeLessThan(20);
    const { primed } = await runDue({ ...dependencies, watches, calls }, clock + minutes(1));
    expect(first.primed + primed).toBe(20);
  });
});

describe("what an admin does", () => {
  test("pausing holds, even while a run is under way, until somebody resumes", async () => {
    const { from, dependencies } = world();
    const one = await created();
    const call = async (...args: Parameters<typeof from.call>) => {
      await watches.pause(one.id);
      return from.call(...args);
    };
    await runAtDue({ ...dependencies, call }, one);
    expect(await stateOf()).toMatchObject({ status: "paused", lastRun: { outcome: "primed" } });
    expect(await watches.due(clock + minutes(600), 10)).toEqual([]);
    await watches.resume(one.id, clock + 1_000);
    expect(await watches.due(clock + minutes(600), 10)).toEqual([{ id: one.id, dueAt: clock + 1_000 }]);
  });

  test("a run that somebody asked for leaves the schedule as it is", async () => {
    const { from, dependencies } = world();
    const one = await created();
    await runAtDue(dependencies, one);
    from.post("1");
    expect(await runWatch(dependencies, one)).toMatchObject({ outcome: "ran", sent: 1 });
    expect((await stateOf())?.dueAt).toBeGreaterThan(clock);
  });

  test("replacing needs the version before, and can let the watch learn anew", async () => {
    const { from, dependencies } = world();
    const one = await created();
    await runAtDue(dependencies, one);
    const other = watch({ version: 2, filter: "title" });
    expect(await watches.replace(other, clock + 5_000, true)).toBe(true);
    expect(await watches.replace(other, clock, true)).toBe(false);
    from.post("1");
    expect(await runAtDue(dependencies, other)).toMatchObject({ outcome: "primed", sent: 0 });
    await watches.remove(one.id);
    expect(await watches.list()).toEqual([]);
    expect(await watches.due(clock + minutes(600), 10)).toEqual([]);
  });
});
