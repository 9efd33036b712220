import type { GatewayEvent } from "../platform/events.ts";
import type { Watch } from "./watch.ts";
import type { RunEnd } from "./watch-store.ts";

const minute = 60_000;

/** So many failures in a row are said in an event. */
export const failuresToTell = 5;
/** A watch that has failed for so long is paused. */
export const pauseAfterMs = 24 * 60 * minute;
const maxBackoffMs = 4 * 60 * minute;

/** When a watch runs again after failures in a row: never before its regular time, and ever later, up to four hours. */
export function nextAfterFailure(failures: number, regular: number | undefined, now: number): number | undefined {
  if (regular === undefined) return undefined;
  return Math.max(regular, now + Math.min(maxBackoffMs, 2 ** Math.min(failures, 20) * minute));
}

/** What is said of a failed run: at the fifth failure, and when the watch is paused. Once for each time of trouble. */
export function failureEvents(watch: Watch, end: RunEnd, at: number): GatewayEvent[] {
  const { failures, failingSince = at, lastRun, pausedBecause } = end;
  const tells = failures === failuresToTell || pausedBecause !== undefined;
  if (!tells) return [];
  const isPaused = pausedBecause !== undefined;
  return [
    {
      id: `watch-failing_${watch.id}_${failingSince}${isPaused ? "_paused" : ""}`,
      type: "watch.failing",
      at,
      data: {
        watch: { id: watch.id, name: watch.name },
        failures,
        failingSince: new Date(failingSince).toISOString(),
        isPaused,
        because: lastRun.detail,
      },
    },
  ];
}
