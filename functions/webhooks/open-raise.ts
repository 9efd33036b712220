import type { RaiseEvent } from "../platform/events.ts";
import { lazily } from "../platform/lazily.ts";
import type { StateTable } from "../platform/state-table.ts";

/** Raises events as every function of a deployment does. Events are rare: the first one loads what it takes. */
export function openRaiseEvent(table: StateTable): RaiseEvent {
  return lazily(async () => (await import("./raise.ts")).createRaise(table));
}
