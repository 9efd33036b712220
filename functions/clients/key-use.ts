import { logger } from "../platform/log.ts";
import type { StateTable } from "../platform/state-table.ts";
import { noteKeyUse } from "./client-keys.ts";

/** Notes when keys are used, at minute resolution, beside the calls they are used for. */
export type KeyUse = {
  /** Starts at most one write for a key and minute in this process; of several processes the first one's holds. */
  note(keyId: string): void;
  /** Waits until nothing is under way, so that a function can be frozen. Never throws. */
  settled(): Promise<void>;
};

/** A bound on memory, far above any team's number of keys. */
const maxKeys = 1_000;
const minuteMs = 60_000;

/**
 * @param table with a client that gives up early
 * @param write notes the use of one kind of keys; that of client keys unless told
 */
export function createKeyUse(table: StateTable, now: () => number, write = noteKeyUse): KeyUse {
  const noted = new Map<string, number>();
  const underWay = new Set<Promise<void>>();
  return {
    note(keyId) {
      const minute = Math.floor(now() / minuteMs);
      if (noted.get(keyId) === minute) return;
      if (noted.size >= maxKeys) noted.clear();
      noted.set(keyId, minute);
      const written = write(table, keyId, new Date(minute * minuteMs).toISOString())
        .catch((error: unknown) => logger.warn("use of a key not noted", { keyId, error: String(error) }))
        .finally(() => underWay.delete(written));
      underWay.add(written);
    },
    async settled() {
      await Promise.all(underWay);
    },
  };
}
