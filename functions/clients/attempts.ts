import { Problem } from "../platform/problem.ts";
import { countUp, type StateTable } from "../platform/state-table.ts";

/** Counts wrong keys by the address they came from, and refuses an address that has sent too many. */
export type Attempts = {
  /** @throws Problem `too-many-attempts` while the address has to wait */
  require(address: string): void;
  /**
   * Counts a wrong key. Never throws for a store that fails: this process still counts.
   *
   * @throws Problem `too-many-attempts` where it was one too many
   */
  noteWrong(address: string): Promise<void>;
};

/** What one process takes on its own account before it refuses an address that sends wrong client keys. */
export const wrongClientKeys: AttemptLimit = { wrongKeys: 100, windowMs: 60_000 };

export type AttemptLimit = {
  /** So many wrong keys in a window are answered; the next one is refused, and everything after it. */
  wrongKeys: number;
  windowMs: number;
  /** Where all processes count together, and under which name. Without it each counts alone, which costs nothing. */
  shared?: { table: StateTable; name: string };
};

/** A bound on memory; who comes from more addresses than this is not stopped by counting addresses. */
const maxAddresses = 10_000;

/** Counts in this process, and together with all others where `limit.shared` says so. */
export function createAttempts(limit: AttemptLimit, now: () => number): Attempts {
  const { wrongKeys, windowMs, shared } = limit;
  const counts = new Map<string, { window: number; count: number }>();
  const windowAt = () => Math.floor(now() / windowMs);

  function countOf(address: string): number {
    const known = counts.get(address);
    return known?.window === windowAt() ? known.count : 0;
  }
  function setCount(address: string, count: number): void {
    if (counts.size >= maxAddresses && !counts.has(address)) counts.clear();
    counts.set(address, { window: windowAt(), count });
  }
  function requireFew(address: string): void {
    if (countOf(address) <= wrongKeys) return;
    const retryAfterMs = (windowAt() + 1) * windowMs - now();
    throw new Problem(
      "too-many-attempts",
      `More than ${wrongKeys} wrong keys came from your address in ${windowMs / 60_000} min. Put the right key in place, then wait.`,
      { retryAfterMs },
    );
  }
  return {
    require: requireFew,
    async noteWrong(address) {
      const alone = countOf(address) + 1;
      setCount(address, alone);
      if (shared !== undefined) {
        const window = windowAt();
        const key = { pk: `WRONG_KEYS#${shared.name}`, sk: `${address}#${window}` };
        const expiresAt = Math.ceil(((window + 1) * windowMs) / 1000);
        const together = await countUp(shared.table, key, expiresAt).catch(() => alone);
        setCount(address, Math.max(alone, together));
      }
      requireFew(address);
    },
  };
}
