import { type FaultRule, matches } from "./rules.ts";

/** A rule at work: how many calls matched it, and how many of them it befell. */
export type ActiveFault = { id: number; rule: FaultRule; matched: number; happened: number };

export type Faults = {
  add(rule: FaultRule): ActiveFault;
  /** False for a rule that is not there. */
  remove(id: number): boolean;
  clear(): void;
  list(): readonly ActiveFault[];
  /** The faults that befall this call, in the order they were added; counts it. */
  befall(call: { method: string; path: string }): FaultRule[];
};

export function createFaults(initial: readonly FaultRule[] = []): Faults {
  const active = new Map<number, ActiveFault>();
  let lastId = 0;
  const add = (rule: FaultRule): ActiveFault => {
    lastId += 1;
    const added = { id: lastId, rule, matched: 0, happened: 0 };
    active.set(lastId, added);
    return added;
  };
  for (const rule of initial) add(rule);
  return {
    add,
    remove: (id) => active.delete(id),
    clear: () => active.clear(),
    list: () => [...active.values()],
    befall(call) {
      const befalling: FaultRule[] = [];
      for (const fault of active.values()) {
        const { times = Number.POSITIVE_INFINITY, every = 1 } = fault.rule;
        if (fault.happened >= times || !matches(fault.rule, call)) continue;
        fault.matched += 1;
        if (fault.matched % every !== 0) continue;
        fault.happened += 1;
        befalling.push(fault.rule);
      }
      return befalling;
    },
  };
}
