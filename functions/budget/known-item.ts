import { type BudgetState, createWrite, readState } from "./budget-item.ts";
import type { BudgetStore } from "./budget-store.ts";
import { gatewayKey } from "./gateway-client.ts";
import type { Rules } from "./rules.ts";
import type { Attributes, Write } from "./write.ts";

/** The budget's item as this process last saw it: what the next write is planned on, without a read before it. */
export type KnownItem = {
  /** As last seen; `undefined` where this process never has, or there was none. */
  seen(): BudgetState | undefined;
  /** Reads it. `undefined` when there is none. */
  look(): Promise<BudgetState | undefined>;
  /** As it is now, made if there is none; callers who come at once share the answer. */
  open(): Promise<BudgetState>;
  /** Makes a write that was planned on `base`; tells whether it happened, and how the item is after it. */
  make(write: Write, base: BudgetState): Promise<{ done: boolean; state: BudgetState }>;
};

export function createKnownItem(store: BudgetStore, { windows, gatewayUnits }: Rules): KnownItem {
  let seen: BudgetState | undefined;
  let opening: Promise<BudgetState> | undefined;

  async function openItem(): Promise<BudgetState> {
    const { attributes } = await store.write(createWrite(windows, { client: gatewayKey, units: gatewayUnits }), true);
    if (attributes === undefined) throw new Error("The budget's item was removed as it was opened.");
    seen = readState(attributes, windows);
    return seen;
  }

  function open(): Promise<BudgetState> {
    opening ??= openItem().finally(() => {
      opening = undefined;
    });
    return opening;
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

  return {
    seen: () => seen,
    async look() {
      const attributes = await store.read();
      seen = attributes?.v === undefined ? undefined : readState(attributes, windows);
      return seen;
    },
    open,
    async make(write, base) {
      const { done, attributes } = await store.write(write);
      if (attributes === undefined) return { done, state: await open() };
      seen = done ? stateAfter(write, base, attributes) : readState(attributes, windows, base);
      return { done, state: seen };
    },
  };
}
