import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { clientKey, readState } from "../../../functions/budget/budget-item.ts";
import type { Outcome } from "../../../functions/budget/gate.ts";
import { createLedger, type Ledger } from "../../../functions/budget/ledger.ts";
import type { Admission, Refusal } from "../../../functions/budget/reservation.ts";
import { capAt, poolQuota, priorityQuota, rulesOf, safePoolQuota } from "../../../functions/budget/rules.ts";
import { evidenceOf, type Known, laterThan, type Moment, narrow } from "../../../functions/budget/store-clock.ts";
import type { Attributes, Write } from "../../../functions/budget/write.ts";
import type { Limit } from "../../../functions/platform/limit-schema.ts";
import type { Share } from "../../../functions/platform/share-schema.ts";
import { memoryStore } from "./memory-store.ts";

const dayMs = 86_400_000;

/** One unit, as an obviously correct model remembers it: when it was really taken, by whom, from where. */
type Taken = { at: number; client: string; fromPool: boolean; isBack: boolean };

/** A Lambda: its clocks, what it remembers, how it reaches the store. */
type Process = {
  ledger: Ledger;
  limits: readonly Limit[];
  /** How far its wall clock is off, and how long its steady clock has stood still. */
  wallErrorMs: number;
  stoodStillMs: number;
  known: Known | undefined;
  /** The clock that was wrong since the store was last heard of; the rule is that it is never both. */
  disturbed: "wall" | "steady" | undefined;
  losesAnswer: boolean;
  losesRequest: boolean;
  refunding: Taken | undefined;
};

/**
 * Many Lambdas on one budget in virtual time, and a slow model that keeps the true time of every unit. Each write that
 * happens is checked against the model at once; what is wrong is thrown.
 */
export function createBudgetWorld(options: { limits: readonly Limit[]; processes: number; random: () => number }) {
  const { random } = options;
  let now = 1_700_000_000_000;
  const item: { current: Attributes | undefined } = { current: undefined };
  let taken: Taken[] = [];
  const shares = new Map<string, Share>();
  const byId = new Map<string, Taken>();
  /** Until then, what was counted for other limits may count for longer than it should. */
  let roughUntil = 0;
  let ids = 0;
  let failure: Error | undefined;

  const wrong = (what: string): Error => {
    failure ??= new Error(what);
    return failure;
  };

  function inLast(ms: number, which: (one: Taken) => boolean = () => true): number {
    return taken.filter((one) => !one.isBack && one.at > now - ms && which(one)).length;
  }

  function createProcess(limits: readonly Limit[]): Process {
    const self: Process = {
      ledger: undefined as unknown as Ledger,
      limits,
      wallErrorMs: 0,
      stoodStillMs: 0,
      known: undefined,
      disturbed: undefined,
      losesAnswer: false,
      losesRequest: false,
      refunding: undefined,
    };
    const moment = (): Moment => ({ wall: now + self.wallErrorMs, steady: now - self.stoodStillMs });
    let sent = moment();
    const pass = async (lost: "losesRequest" | "losesAnswer") => {
      while (random() < 0.3) await undefined;
      now += Math.floor(random() * 15);
      if (!self[lost]) return;
      self[lost] = false;
      throw new Error("lost");
    };
    const store = memoryStore({
      item,
      before: async () => {
        sent = moment();
        await pass("losesRequest");
      },
      wrote: (write, before, after) => check(self, write, before, after),
      after: async () => {
        const date = Math.floor(now / 1000) * 1000;
        const stamped = sent;
        await pass("losesAnswer");
        self.known = narrow(self.known, evidenceOf(date, stamped, moment()));
        self.disturbed = undefined;
        const { earliest, latest } = self.known;
        if (earliest > now || latest < now)
          throw wrong(`a clock knows the wrong time: ${earliest - now}..${latest - now}`);
      },
    });
    self.ledger = createLedger({
      dynamo: undefined as unknown as DynamoDBClient,
      tableName: "",
      application: "",
      limits,
      store,
      now: () => moment().wall,
      clock: {
        read() {
          const { wall } = moment();
          return self.known === undefined ? { earliest: wall, latest: wall } : laterThan(self.known, moment());
        },
      },
      createId: () => `id-${++ids}`,
    });
    return self;
  }

  /** Every rule, asked of every unit's true time. */
  function check(self: Process, write: Write, before: Attributes | undefined, after: Attributes): void {
    const added = write.changes.find((change) => change.attribute === "n" && "add" in change);
    if (added === undefined || !("add" in added)) return;
    if (added.add < 0) {
      if (self.refunding === undefined) throw wrong("a unit came back that nobody gave");
      self.refunding.isBack = true;
      return;
    }
    const key = write.changes.find(({ attribute }) => attribute.startsWith("u_"))?.attribute.slice(2) ?? "";
    const fromPool = write.changes.some((change) => change.attribute === "c" && "add" in change);
    const unit = { at: now, client: key, fromPool, isBack: false };
    taken = [...taken.filter(({ at }) => at > now - 3 * dayMs), unit];
    byId.set(String(after.id), unit);
    if (before === undefined) throw wrong("a unit was taken where no item is");

    for (const { name, quota, seconds } of self.limits) {
      const count = inLast(seconds * 1000);
      if (count > quota) throw wrong(`${count} calls in the last ${seconds} s, and "${name}" allows ${quota}`);
    }
    if (typeof before.gu === "number" && before.gu > now) throw wrong("a call passed the closed gate");
    const rules = rulesOf(self.limits, 0.2);
    const state = readState(before, rules.windows);
    const share = shares.get(key);
    if (share === undefined) return;
    if (fromPool) {
      const quota = poolQuota(rules, state.guarantees);
      const part = share.mode === "observe" ? quota : priorityQuota(rules, quota, share.priority);
      const count = inLast(dayMs, (one) => one.fromPool);
      if (count > part)
        throw wrong(`${count} units from the pool in 24 h, and a client like "${key}" may take ${part}`);
    }
    const cap = share.mode === "observe" ? undefined : capAt(share, now);
    if (cap !== undefined) {
      // Clocks know the time to some seconds, so units around midnight may count for either day.
      const from = Math.floor(now / dayMs) * dayMs + 5_000;
      const count = taken.filter((one) => !one.isBack && one.client === key && one.at >= from).length;
      if (count > cap && now % dayMs < dayMs - 5_000)
        throw wrong(`"${key}" took ${count} units today, its cap is ${cap}`);
    }
  }

  /** A refusal must have a reason: what is guaranteed is given, and no limit refuses long after it has room. */
  function checkRefusal(self: Process, client: string, refusal: Refusal): void {
    if (item.current === undefined || roughUntil > now) return;
    const rules = rulesOf(self.limits, 0.2);
    const state = readState(item.current, rules.windows);
    const key = clientKey(client);
    const slackMs = 6_000;
    if (refusal.kind === "pool" || (refusal.kind === "limit" && refusal.name === "day")) {
      const own = state.guarantees.find((one) => one.client === key);
      const day = rules.windows.at(-1);
      const pooled = inLast(dayMs + slackMs + 3 * (day?.slotMs ?? 0), (one) => one.fromPool) + (day?.mergeUnits ?? 0);
      if (own && day && pooled <= safePoolQuota(rules, state)) {
        const used = inLast(dayMs + slackMs + 3 * day.slotMs, (one) => one.client === key && !one.fromPool);
        const late = Math.max(1, Math.floor(own.granted / 15));
        if (used + late < own.granted)
          throw wrong(`"${key}" was refused with ${used} of ${own.granted} guaranteed units used`);
      }
    }
    if (refusal.kind !== "limit") return;
    const window = rules.windows.find(({ limit }) => limit.name === refusal.name);
    if (window === undefined) throw wrong(`an unknown limit refused: ${refusal.name}`);
    const { limit, slotMs, mergeUnits } = window;
    // A unit that was given back late may still be held for a moment.
    const since = now - limit.seconds * 1000 - slackMs - 3 * slotMs;
    const count = taken.filter(({ at }) => at > since).length;
    if (count + mergeUnits < limit.quota) {
      throw wrong(`"${limit.name}" refused with ${count} of ${limit.quota} used`);
    }
  }

  const processes = Array.from({ length: options.processes }, () => createProcess(options.limits));
  const processAt = (index: number): Process => {
    const process = processes[index % processes.length];
    if (process === undefined) throw new Error("no process");
    return process;
  };
  const shareOf = (client: string): Share => {
    const share = shares.get(clientKey(client));
    if (share === undefined) throw new Error(`no share of ${client}`);
    return share;
  };
  const admissions: { process: number; admission: Admission; at: number }[] = [];

  return {
    get now() {
      return now;
    },
    get failure() {
      return failure;
    },
    item,
    taken: () => taken,
    admissions,
    wait(ms: number) {
      now += ms;
    },
    setShare(client: string, share: Share) {
      shares.set(clientKey(client), share);
    },
    async call(process: number, client: string): Promise<boolean> {
      const self = processAt(process);
      const answer = await self.ledger.reserve({ client: { id: client, share: shareOf(client) } });
      if (answer.admitted) {
        if (!byId.has(answer.id)) throw wrong("a call was admitted that took no unit");
        admissions.push({ process, admission: answer, at: now });
        return true;
      }
      checkRefusal(self, client, answer.refusal);
      return false;
    },
    async giveBack(index: number) {
      const [one] = admissions.splice(index % Math.max(1, admissions.length), 1);
      if (one === undefined) return;
      const self = processAt(one.process);
      self.refunding = byId.get(one.admission.id);
      await self.ledger.giveBack(one.admission).catch(() => undefined);
      self.refunding = undefined;
    },
    async report(index: number, outcome: Outcome) {
      const one = admissions[index % Math.max(1, admissions.length)];
      if (one)
        await processAt(one.process)
          .ledger.report(one.admission, outcome)
          .catch(() => undefined);
    },
    async reopen(process: number) {
      await processAt(process)
        .ledger.reopen()
        .catch(() => undefined);
    },
    async guarantee(process: number, units: Record<string, number>) {
      await processAt(process)
        .ledger.guarantee(units)
        .catch(() => undefined);
    },
    /** A deployment: this process goes on with other limits. */
    relimit(process: number, limits: readonly Limit[]) {
      processes[process % processes.length] = createProcess(limits);
      roughUntil = Number.POSITIVE_INFINITY;
    },
    restart(process: number) {
      processes[process % processes.length] = createProcess(processAt(process).limits);
    },
    setClock(process: number, wallErrorMs: number) {
      const self = processAt(process);
      if (self.disturbed === "steady") return;
      self.disturbed = "wall";
      self.wallErrorMs = wallErrorMs;
    },
    /** The machine is frozen: its steady clock stands still, its wall clock is set right afterwards. */
    freeze(process: number, ms: number) {
      const self = processAt(process);
      now += ms;
      if (self.disturbed === "wall") return;
      self.disturbed = "steady";
      self.stoodStillMs += ms;
    },
    lose(process: number, what: "losesAnswer" | "losesRequest") {
      processAt(process)[what] = true;
    },
  };
}
