import type { Limit } from "../platform/limit-schema.ts";
import { runsPerDay } from "./schedule.ts";
import type { Definition } from "./watch.ts";

/** What a watch costs: calls a day, and how much of a day's quota that is. */
export type Cost = {
  callsPerDay: number;
  /** If every run had to read every page it may. */
  callsPerDayAtMost: number;
  percentOfDay: number;
};

/** What a watch costs by its schedule, on average over the week that follows `now`. */
export function costOf({ schedule, paging, depth }: Definition, limits: readonly Limit[], now: number): Cost {
  const callsPerDay = runsPerDay(schedule, now);
  // The longest window is the one that a day's calls have to fit into.
  const longest = limits.toSorted((a, b) => a.seconds - b.seconds).at(-1);
  const perDay = longest === undefined ? Infinity : (longest.quota * 86_400) / longest.seconds;
  return {
    callsPerDay: round(callsPerDay),
    callsPerDayAtMost: round(callsPerDay * (paging === undefined ? 1 : depth)),
    percentOfDay: round((callsPerDay / perDay) * 100),
  };
}

const round = (value: number) => Math.round(value * 100) / 100;
