import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Limit } from "../platform/limit-schema.ts";
import type { BudgetClient } from "../platform/share-schema.ts";
import {
  type BudgetItem,
  type Charge,
  chargeWrite,
  forGood,
  readItem,
  refundWrite,
  type Write,
} from "./budget-item.ts";
import type { Admission, Refusal, Reservation } from "./reservation.ts";
import { createWaitingRoom } from "./waiting.ts";
import { describe, emptyWindow, firstSlotWithRoom, type LimitState, roll, slotAt, used, windowsOf } from "./windows.ts";

/** What the upstream said about its limits in its answer to an admitted call. */
export type Outcome = { kind: "ok" } | { kind: "limited"; retryAfterMs?: number } | { kind: "disabled" };

export type BudgetSnapshot = {
  limits: LimitState[];
  gate: { state: "open" | "closed" | "disabled"; retryAfterMs: number };
};

export type Ledger = {
  /**
   * Decides one call of a client and charges it, in one conditional write. With `waitMs` a call that a limit refuses waits for its
   * turn, asking again only when asking makes sense. Throws nothing: a broken store is a refusal.
   */
  reserve(request: { client: BudgetClient; waitMs?: number | undefined }): Promise<Reservation>;
  /** Gives a unit back. Only for a call of which no byte was sent. */
  giveBack(admission: Admission): Promise<void>;
  /** Tells the ledger what the upstream said: a rate limit closes the gate for every caller. */
  report(admission: Admission, outcome: Outcome): Promise<void>;
  /** Opens a closed gate, also one that was closed because the key was disabled. For an admin. */
  reopen(): Promise<void>;
  /** How every limit stands. */
  read(): Promise<BudgetSnapshot>;
  /** How the limits stood when this process last saw the item; reads it only if it never has. */
  standing(): Promise<LimitState[]>;
};

export type LedgerOptions = {
  dynamo: DynamoDBClient;
  tableName: string;
  /** Names the upstream application; one item for each. */
  application: string;
  limits: readonly Limit[];
  now: () => number;
  /** An id no other reservation has. */
  createId: () => string;
  /** Waits some milliseconds; tests give a virtual one. */
  sleep?: (ms: number) => Promise<void>;
  /** From 0 to 1; spreads waiting callers. */
  random?: () => number;
};

/** Upwork lifts its block within a minute of the last refused request (Upwork's rate limit article). */
const pauseMs = 60_000;
const maxPauseMs = 15 * 60_000;
/** A probe that never reports is taken for dead after this time. */
const probeLeaseMs = 45_000;
const maxTries = 8;

export function createLedger(options: LedgerOptions): Ledger {
  const { dynamo, tableName, application, now, createId } = options;
  const { sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms)), random = Math.random } = options;
  const windows = windowsOf(options.limits);
  const Key = { pk: { S: `BUDGET#${application}` } };
  let seen: BudgetItem | "absent" | undefined;
  let moving: Promise<unknown> | undefined;

  const limitsOf = (item: BudgetItem | undefined, at: number): LimitState[] =>
    windows.map((window) => describe(window, item?.windows[window.limit.name] ?? emptyWindow, at));

  async function load(): Promise<BudgetItem | "absent"> {
    const { Item } = await dynamo.send(new GetItemCommand({ TableName: tableName, Key, ConsistentRead: true }));
    return Item === undefined ? "absent" : readItem(Item, windows);
  }

  /**
   * Sends a conditional write that was planned on `base`; returns the item after it, or the item that made the
   * condition fail.
   */
  async function send(
    write: Write,
    base: BudgetItem | undefined,
    removed: readonly string[] = [],
  ): Promise<{ done: boolean; item: BudgetItem | "absent" }> {
    try {
      const { Attributes } = await dynamo.send(
        new UpdateItemCommand({
          TableName: tableName,
          Key,
          ...write,
          // The packed counts are most of the item and change with a move of the slots only.
          ReturnValues: base === undefined ? "ALL_NEW" : "UPDATED_NEW",
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
      );
      const item = { ...base?.attributes, ...Attributes };
      for (const name of removed) delete item[name];
      return { done: true, item: readItem(item, windows) };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      // Some DynamoDB emulators do not return the item with the failure; then it is read.
      return { done: false, item: error.Item === undefined ? await load() : readItem(error.Item as Item, windows) };
    }
  }

  /** The refusal that an item implies, or `undefined` where it has room. */
  function refusalOf(item: BudgetItem, at: number): Refusal | undefined {
    const { closedUntil } = item.gate;
    if (closedUntil === forGood) return { kind: "disabled", name: "disabled", retryAfterMs: maxPauseMs };
    if (closedUntil !== undefined && closedUntil > at) {
      return { kind: "gate", name: "gate", retryAfterMs: closedUntil - at };
    }
    let tightest: Refusal | undefined;
    for (const window of windows) {
      const state = item.windows[window.limit.name] ?? emptyWindow;
      const rolled = roll(window, state, slotAt(window, at));
      const total = used(rolled);
      if (total < window.limit.quota) continue;
      const retryAfterMs = Math.max(1, firstSlotWithRoom(window, rolled) * window.slotMs - at);
      if (tightest === undefined || retryAfterMs > tightest.retryAfterMs) {
        tightest = { kind: "limit", name: window.limit.name, limit: window.limit.quota, used: total, retryAfterMs };
      }
    }
    return tightest;
  }

  const storeRefusal: Reservation = {
    admitted: false,
    refusal: { kind: "store", name: "store", retryAfterMs: 2_000 },
    limits: [],
  };

  async function decide(): Promise<Reservation> {
    const id = createId();
    let ambiguous = 0;
    for (let attempt = 0; attempt < maxTries; attempt += 1) {
      // While one call of this process moves the slots on, the others wait for it instead of failing against it.
      if (moving) await moving.catch(() => undefined);
      const at = now();
      if (attempt > 0 && typeof seen === "object") {
        if (ambiguous > 0 && seen.lastId === id) return admission(id, seen, at, slotsAt(seen, at), false);
        const refusal = refusalOf(seen, at);
        if (refusal) return { admitted: false, refusal, limits: limitsOf(seen, at) };
      }
      const known = typeof seen === "object" && (seen.gate.closedUntil ?? 0) > at ? undefined : seen;
      const charge = chargeWrite(windows, known, at, id, probeLeaseMs);
      try {
        const { done, item } = await sendCharge(charge, typeof known === "object" ? known : undefined);
        seen = item;
        if (done && typeof item === "object") return admission(id, item, at, charge.slots, charge.isProbe);
      } catch {
        // No answer: the write may have been applied. Looking who wrote last mostly tells; else one unit is lost.
        ambiguous += 1;
        if (ambiguous > 1) return storeRefusal;
        seen = await load().catch(() => undefined);
        if (seen === undefined) return storeRefusal;
      }
    }
    return storeRefusal;
  }

  async function sendCharge(charge: Charge, base: BudgetItem | undefined) {
    const sending = send(charge.write, base, charge.removed);
    if (!charge.isRoll) return sending;
    moving = sending;
    try {
      return await sending;
    } finally {
      if (moving === sending) moving = undefined;
    }
  }

  const slotsAt = (item: BudgetItem, at: number) =>
    Object.fromEntries(
      windows.map((window) => {
        const head = item.windows[window.limit.name]?.head ?? 0;
        return [window.limit.name, Math.max(head, slotAt(window, at))];
      }),
    );

  const admission = (
    id: string,
    item: BudgetItem,
    at: number,
    slots: Record<string, number>,
    isProbe: boolean,
  ): Admission => ({ admitted: true, id, limits: limitsOf(item, at), slots, isProbe });

  const wait = createWaitingRoom({ decide, now, sleep, random });

  return {
    reserve: ({ waitMs = 0 }) => (waitMs > 0 ? wait(waitMs) : decide()),
    async giveBack({ slots }) {
      let item = typeof seen === "object" ? seen : await load();
      for (let attempt = 0; attempt < 3; attempt += 1) {
        if (item === "absent") return;
        const write = refundWrite(windows, item, slots);
        if (write === undefined) return;
        const result = await send(write, item);
        seen = result.item;
        if (result.done) return;
        item = result.item;
      }
    },
    async report({ isProbe }, outcome) {
      if (outcome.kind === "ok" && !isProbe) return;
      seen = undefined;
      if (outcome.kind === "ok") {
        await changeGate(dynamo, tableName, Key, "REMOVE gu, gs", {});
      } else if (outcome.kind === "disabled") {
        await changeGate(dynamo, tableName, Key, "SET gu = :until", { ":until": { N: String(forGood) } });
      } else {
        const item = await load();
        const strikes = item === "absent" ? 0 : item.gate.strikes;
        // Calls that were under way when the gate closed are the same trouble, not a repetition of it.
        const repeats = isProbe ? strikes + 1 : Math.max(1, strikes);
        const pause = Math.max(outcome.retryAfterMs ?? 0, Math.min(maxPauseMs, pauseMs * 2 ** (repeats - 1)));
        await changeGate(dynamo, tableName, Key, "SET gu = :until, gs = :strikes", {
          ":until": { N: String(Math.ceil(now() + pause)) },
          ":strikes": { N: String(repeats) },
        });
      }
    },
    async reopen() {
      seen = undefined;
      await changeGate(dynamo, tableName, Key, "REMOVE gu, gs", {});
    },
    async standing() {
      seen ??= await load();
      return limitsOf(seen === "absent" ? undefined : seen, now());
    },
    async read() {
      const at = now();
      const item = await load();
      if (item === "absent") return { limits: limitsOf(undefined, at), gate: { state: "open", retryAfterMs: 0 } };
      const closedForMs = Math.max(0, (item.gate.closedUntil ?? 0) - at);
      const state = item.gate.closedUntil === forGood ? "disabled" : closedForMs > 0 ? "closed" : "open";
      return { limits: limitsOf(item, at), gate: { state, retryAfterMs: closedForMs } };
    },
  };
}

type Item = Record<string, AttributeValue>;

async function changeGate(
  dynamo: DynamoDBClient,
  TableName: string,
  Key: Item,
  UpdateExpression: string,
  values: Item,
): Promise<void> {
  await dynamo.send(
    new UpdateItemCommand({
      TableName,
      Key,
      UpdateExpression,
      ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
    }),
  );
}
