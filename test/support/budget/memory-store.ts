import type { BudgetStore } from "../../../functions/budget/budget-store.ts";
import type { Attributes, Condition, Value, Write } from "../../../functions/budget/write.ts";

/** What DynamoDB does with a conditional write, in a few lines: all of it or nothing. */
export function applyWrite(item: Attributes | undefined, write: Write): Attributes | undefined {
  if (!write.conditions.every((condition) => holds(item?.[condition.attribute], condition))) return undefined;
  const after: Record<string, Value> = { ...item };
  for (const change of write.changes) {
    const { attribute } = change;
    if ("set" in change) after[attribute] = change.set;
    else if ("copyOf" in change) after[attribute] = mustBeNumber(item?.[change.copyOf], change.copyOf);
    else if ("add" in change) after[attribute] = mustBeNumber(item?.[attribute], attribute) + change.add;
    else delete after[attribute];
  }
  return after;
}

function holds(value: Value | undefined, condition: Condition): boolean {
  if ("absent" in condition) return value === undefined;
  if ("equals" in condition) return value === condition.equals;
  if (typeof value !== "number") return false;
  return value < condition.below;
}

function mustBeNumber(value: Value | undefined, attribute: string): number {
  if (typeof value !== "number") throw new Error(`"${attribute}" is no number, so DynamoDB would refuse the write.`);
  return value;
}

/** A budget's item in memory. `before` runs before each request reaches it; what it throws is a lost request. */
export function memoryStore(options: {
  item: { current: Attributes | undefined };
  before?: () => Promise<void>;
  /** Told of each write that happened, with the item before and after it. */
  wrote?: (write: Write, before: Attributes | undefined, after: Attributes) => void;
  /** Runs before each answer; what it throws is a lost answer. */
  after?: () => Promise<void>;
}): BudgetStore {
  const { item, before = async () => undefined, wrote, after = async () => undefined } = options;
  return {
    async write(write, all = false) {
      await before();
      const was = item.current;
      const is = applyWrite(was, write);
      if (is) {
        item.current = is;
        wrote?.(write, was, is);
      }
      const changed = new Set(write.changes.map(({ attribute }) => attribute));
      await after();
      if (is === undefined) return { done: false, attributes: was };
      const entries = Object.entries(is).filter(([name]) => all || changed.has(name));
      return { done: true, attributes: Object.fromEntries(entries) };
    },
    async read() {
      await before();
      const now = item.current;
      await after();
      return now;
    },
  };
}
