import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { GatewayEvent, RaiseEvent } from "../platform/events.ts";
import type { Limit } from "../platform/limit-schema.ts";
import { type BudgetClient, checkGuarantees } from "../platform/share-schema.ts";
import { type BudgetState, createWrite, forGood, readState } from "./budget-item.ts";
import { type BudgetStore, createBudgetStore } from "./budget-store.ts";
import { type Charge, planCharge } from "./charge.ts";
import { gatewayKey } from "./gateway-client.ts";
import { planGuarantees, planSettling, wantedOf } from "./guarantees.ts";
import { planRefund } from "./refund.ts";
import { type Admission, type Refusal, type Reservation, reservationIds } from "./reservation.ts";
import { rulesOf } from "./rules.ts";
import { describeLimits, describeLimitsFor, describeShare, type LimitState, type ShareState } from "./standing.ts";
import { type Clock, exactClock } from "./store-clock.ts";
import { createWaitingRoom } from "./waiting.ts";
import type { Attributes, Write } from "./write.ts";

/** What the upstream said about its limits in its answer to an admitted call. */
export type Outcome = { kind: "ok" } | { kind: "limited"; retryAfterMs?: number } | { kind: "disabled" };

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

/** Upwork lifts its block within a minute of the last refused request (Upwork's rate limit article). */
const pauseMs = 60_000;
const maxPauseMs = 15 * 60_000;
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
  const { windows } = rules;
  let seen: BudgetState | undefined;
  let moving: Promise<unknown> | undefined;
  let opening: Promise<BudgetState> | undefined;

  /** The item as it is now; `undefined` when there is none. */
  async function look(): Promise<BudgetState | undefined> {
    const attributes = await store.read();
    seen = attributes?.v === undefined ? undefined : readState(attributes, windows);
    return seen;
  }

  /** The item as it is now, made if there is none; callers who come at once share the answer. */
  function open(): Promise<BudgetState> {
    opening ??= openItem().finally(() => {
      opening = undefined;
    });
    return opening;
  }

  async function openItem(): Promise<BudgetState> {
    const units = rules.gatewayUnits;
    const { attributes } = await store.write(createWrite(windows, { client: gatewayKey, units }), true);
    if (attributes === undefined) throw new Error("The budget's item was removed as it was opened.");
    seen = readState(attributes, windows);
    return seen;
  }

  /** Makes a write that was planned on `base`; tells whether it happened, and remembers the item after it. */
  async function make(write: Write, base: BudgetState): Promise<{ done: boolean; state: BudgetState }> {
    const { done, attributes } = await store.write(write);
    if (attributes === undefined) return { done, state: await open() };
    seen = done ? stateAfter(write, base, attributes) : readState(attributes, windows, base);
    return { done, state: seen };
  }

  function stateAfter(write: Write, base: BudgetState, changed: Attributes): BudgetState {
    const merged = { ...base.attributes, ...changed };
    let { wholeAt } = base;
    for (const change of write.changes) {
      if ("remove" in change) delete merged[change.attribute];
      // What others have taken meanwhile must still show as the difference.
      if (change.attribute === "n" && "add" in change && change.add < 0) wholeAt += change.add;
    }
    return readState(merged, windows, base, wholeAt);
  }

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
      isFresh ||= seen === undefined;
      const state = seen ?? (await open());
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
    let state = seen ?? (await open());
    for (let attempt = 0; attempt < maxTries; attempt += 1) {
      const write = plan(state);
      if (write === undefined) return;
      const result = await make(write, state);
      if (result.done) return;
      state = result.state;
    }
    throw new Error("The budget's item is too busy to be changed; try again.");
  }

  /** Closes or opens the gate for everybody: writes planned before do not happen. */
  const changeGate = async (gate: (state: BudgetState) => { closedUntil: number; strikes: number } | undefined) => {
    let event: GatewayEvent | undefined;
    await settle((state) => {
      const next = gate(state);
      event = gateEvent(state, next);
      const version = { attribute: "v", set: state.version + 1 };
      return {
        conditions: [{ attribute: "v", equals: state.version }],
        changes:
          next === undefined
            ? [{ attribute: "gu", remove: true }, { attribute: "gs", remove: true }, version]
            : [{ attribute: "gu", set: next.closedUntil }, { attribute: "gs", set: next.strikes }, version],
      };
    });
    if (event) await options.raise?.(event);
  };

  /** What the world is told of a change of the gate: the one write that makes the change gives the event its id. */
  const gateEvent = (state: BudgetState, next: { closedUntil: number } | undefined): GatewayEvent | undefined => {
    const [was, is] = [state.gate.closedUntil === forGood, next?.closedUntil === forGood];
    if (was === is) return undefined;
    return {
      id: `${application}-gate-${state.version}`,
      type: is ? "budget.closed" : "budget.reopened",
      at: now(),
      data: { because: is ? "key-disabled" : "reopened-by-admin", application },
    };
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
      await changeGate(({ gate: { strikes } }) => {
        if (outcome.kind === "ok") return undefined;
        if (outcome.kind === "disabled") return { closedUntil: forGood, strikes };
        // Calls that were under way when the gate closed are the same trouble, not a repetition of it.
        const repeats = isProbe ? strikes + 1 : Math.max(1, strikes);
        const pause = Math.max(outcome.retryAfterMs ?? 0, Math.min(maxPauseMs, pauseMs * 2 ** (repeats - 1)));
        return { closedUntil: Math.ceil(clock.read().latest + pause), strikes: repeats };
      });
    },
    async reopen() {
      await look();
      await changeGate(() => undefined);
    },
    async guarantee(units) {
      checkGuarantees(options.limits, units);
      const wanted = wantedOf(rules, units);
      await look();
      await settle((state) => planGuarantees(rules, state, wanted, clock.read()));
    },
    async standing() {
      return describeLimits(rules, seen ?? (await look()), clock.read());
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
