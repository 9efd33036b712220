import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { GatewayEvent, RaiseEvent } from "../platform/events.ts";
import type { Limit } from "../platform/limit-schema.ts";
import { type BudgetClient, checkGuarantees } from "../platform/share-schema.ts";
import { type BudgetState, forGood } from "./budget-item.ts";
import { type BudgetStore, createBudgetStore } from "./budget-store.ts";
import { type Charge, planCharge } from "./charge.ts";
import { gateAfter, gateEvent, type Outcome, planGate } from "./gate.ts";
import { planGuarantees, planSettling, wantedOf } from "./guarantees.ts";
import { createKnownItem } from "./known-item.ts";
import { planRefund } from "./refund.ts";
import { type Admission, type Refusal, type Reservation, reservationIds } from "./reservation.ts";
import { rulesOf } from "./rules.ts";
import { describeLimits, describeLimitsFor, describeShare, type LimitState, type ShareState } from "./standing.ts";
import { type Clock, exactClock } from "./store-clock.ts";
import { createWaitingRoom } from "./waiting.ts";
import type { Write } from "./write.ts";

export type BudgetSnapshot = {
  limits: LimitState[];
  gate: { state: "open" | "closed" | "disabled"; retryAfterMs: number };
};

export type Ledger = {
  /**
   * Decides one call of a client and charges it, in one conditional write. With `waitMs` a call that a limit refuses
   * waits for its turn, asking again only when asking makes sense. Throws nothing: a broken store is a refusal.
   */
  reserve(request: { client: BudgetClient; waitMs?: number | undefined }): Promise<Reservation>;
  /** Gives a unit back. Only for a call of which no byte was sent. */
  giveBack(admission: Admission): Promise<void>;
  /** Tells the ledger what the upstream said: a rate limit closes the gate for every caller. */
  report(admission: Admission, outcome: Outcome): Promise<void>;
  /** Opens a closed gate, also one that was closed because the key was disabled. For an admin. */
  reopen(): Promise<void>;
  /**
   * Makes these the guarantees, by client id; who is not named has none. Whoever creates, changes or removes a client
   * calls it with the guarantees of all clients. Doing it twice does nothing more.
   *
   * @throws GuaranteesError when they cannot all be kept
   */
  guarantee(units: Readonly<Record<string, number>>): Promise<void>;
  /** How every limit stands. */
  read(): Promise<BudgetSnapshot>;
  /** How every limit and these clients stand. */
  readShares(clients: readonly BudgetClient[]): Promise<BudgetSnapshot & { shares: ShareState[] }>;
  /** How the limits stood when this process last saw the item; reads it only if it never has. */
  standing(): Promise<LimitState[]>;
};

/** Takes a refusal that a client got (`isSpared`: would have got, but for observe mode). It must not throw. */
export type NoteRefusal = (client: BudgetClient, refusal: Refusal, isSpared: boolean) => void;

export type LedgerOptions = {
  dynamo: DynamoDBClient;
  tableName: string;
  /** Names the upstream application; one item for each. */
  application: string;
  limits: readonly Limit[];
  /** The time as this process has it. */
  now: () => number;
  /** A clock that only runs: how long callers have waited goes by it; `now` unless given. */
  steady?: () => number;
  /** The time that the limits go by; `now` unless given. */
  clock?: Clock;
  /** Makes an id that no other reservation has; short ones unless given. */
  createId?: () => string;
  /** The part of the common pool that batch clients leave to interactive ones; a fifth unless given. */
  batchReserve?: number;
  /** Waits some milliseconds; tests give a virtual one. */
  sleep?: (ms: number) => Promise<void>;
  /** From 0 to 1; spreads waiting callers. */
  random?: () => number;
  /** Where the item is kept; DynamoDB unless given. */
  store?: BudgetStore;
  /** Told when the key was disabled, and when the gate is open again after that. */
  raise?: RaiseEvent;
  /** Told of each refusal, and of those that observe mode spared. */
  note?: NoteRefusal;
};

const maxTries = 12;
/** Who knows the time no better than this, after a long sleep or a jump of a clock, asks the store before he writes. */
const vagueMs = 3_000;

const storeRefusal: Reservation = {
  admitted: false,
  refusal: { kind: "store", name: "store", retryAfterMs: 2_000 },
  limits: [],
};

export function createLedger(options: LedgerOptions): Ledger {
  const { dynamo, tableName, application, now, createId = reservationIds(), batchReserve = 0.2 } = options;
  const { sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms)), random = Math.random } = options;
  const { clock = exactClock(now), store = createBudgetStore(dynamo, tableName, application) } = options;
  const rules = rulesOf(options.limits, batchReserve);
  const { seen, look, open, make } = createKnownItem(store, rules);
  let moving: Promise<unknown> | undefined;

  async function decide(client: BudgetClient): Promise<Reservation> {
    try {
      return await tryToCharge(client);
    } catch {
      return storeRefusal;
    }
  }

  async function tryToCharge(client: BudgetClient): Promise<Reservation> {
    // Who was refused by what he remembers looks before he believes it.
    let isFresh = false;
    const unanswered: { id: string; charge: Charge }[] = [];
    for (let attempt = 0; attempt < maxTries; attempt += 1) {
      // While one call of this process moves the slots on, the others wait for it instead of failing against it.
      while (moving) await moving.catch(() => undefined);
      isFresh ||= seen() === undefined;
      const state = seen() ?? (await open());
      const time = clock.read();
      if (!isFresh && time.latest - time.earliest > vagueMs) {
        await look();
        isFresh = true;
        continue;
      }
      const settling = planSettling(rules, state, time);
      if (settling) {
        await moveAlone(() => make(settling, state));
        isFresh = true;
        continue;
      }
      const id = createId();
      const charge = planCharge(rules, state, client, time, id);
      if ("refusal" in charge) {
        if (isFresh) return refused(state, client, charge.refusal);
        await look();
        isFresh = true;
        continue;
      }
      const write = () => make(charge.write, state);
      const result = await (charge.raises ? moveAlone(write) : write()).catch(() => undefined);
      if (result?.done) return admitted(result.state, client, id, charge);
      isFresh = true;
      if (result) continue;
      // No answer: the write may have happened. Looking who wrote last mostly tells; else one unit is lost.
      unanswered.push({ id, charge });
      const after = await look();
      const mine = unanswered.find((one) => one.id === after?.attributes.id);
      if (after && mine) return admitted(after, client, mine.id, mine.charge);
      if (unanswered.length > 1) return storeRefusal;
    }
    return storeRefusal;
  }

  const admitted = (state: BudgetState, client: BudgetClient, id: string, charge: Charge): Admission => ({
    admitted: true,
    id,
    limits: describeLimitsFor(rules, state, client, clock.read()),
    isProbe: charge.isProbe,
    unit: charge.unit,
    ...(charge.spared === undefined ? {} : { spared: charge.spared }),
  });

  const refused = (state: BudgetState, client: BudgetClient, refusal: Refusal): Reservation => ({
    admitted: false,
    refusal,
    limits: describeLimitsFor(rules, state, client, clock.read()),
  });

  async function moveAlone<Result>(move: () => Promise<Result>): Promise<Result> {
    const making = move();
    moving = making;
    try {
      return await making;
    } finally {
      if (moving === making) moving = undefined;
    }
  }

  /** Plans and makes a write until one happens or nothing is to be done. */
  async function settle(plan: (state: BudgetState) => Write | undefined): Promise<void> {
    let state = seen() ?? (await open());
    for (let attempt = 0; attempt < maxTries; attempt += 1) {
      const write = plan(state);
      if (write === undefined) return;
      const result = await make(write, state);
      if (result.done) return;
      state = result.state;
    }
    throw new Error("The budget's item is too busy to be changed; try again.");
  }

  const changeGate = async (outcome: Outcome, isProbe: boolean) => {
    let event: GatewayEvent | undefined;
    await settle((state) => {
      const next = gateAfter(outcome, isProbe, state, clock.read());
      event = gateEvent(application, state, next, now());
      return planGate(state, next);
    });
    if (event) await options.raise?.(event);
  };

  const snapshotOf = (state: BudgetState | undefined): BudgetSnapshot => {
    const time = clock.read();
    const closedUntil = state?.gate.closedUntil;
    const retryAfterMs = Math.max(0, (closedUntil ?? 0) - time.earliest);
    const gate = closedUntil === forGood ? "disabled" : retryAfterMs > 0 ? "closed" : "open";
    return { limits: describeLimits(rules, state, time), gate: { state: gate, retryAfterMs } };
  };

  const waitInLine = createWaitingRoom({ now: options.steady ?? now, sleep, random });

  return {
    async reserve({ client, waitMs = 0 }) {
      const answer = await (waitMs > 0 ? waitInLine(client.id, () => decide(client), waitMs) : decide(client));
      const refusal = answer.admitted ? answer.spared : answer.refusal;
      if (refusal) options.note?.(client, refusal, answer.admitted);
      return answer;
    },
    async giveBack({ unit }) {
      await settle((state) => planRefund(rules, state, unit, clock.read()));
    },
    async report({ isProbe }, outcome) {
      if (outcome.kind === "ok" && !isProbe) return;
      await look();
      await changeGate(outcome, isProbe);
    },
    async reopen() {
      await look();
      await changeGate({ kind: "ok" }, false);
    },
    async guarantee(units) {
      checkGuarantees(options.limits, units);
      const wanted = wantedOf(rules, units);
      await look();
      await settle((state) => planGuarantees(rules, state, wanted, clock.read()));
    },
    async standing() {
      return describeLimits(rules, seen() ?? (await look()), clock.read());
    },
    async read() {
      return snapshotOf(await look());
    },
    async readShares(clients) {
      const state = await look();
      const time = clock.read();
      return { ...snapshotOf(state), shares: clients.map((client) => describeShare(rules, state, client, time)) };
    },
  };
}
