import { createRollingCounter, type RollingCounter } from "./rolling-counter.ts";

/**
 * The limits Upwork has named over the years, all of which its pages still show somewhere. `second` and `minute` are
 * counted for each address, `hour` (the key form's "API usage") and `day` for each key.
 */
export const windows = {
  second: { scope: "ip", seconds: 1 },
  minute: { scope: "ip", seconds: 60 },
  hour: { scope: "key", seconds: 3_600 },
  day: { scope: "key", seconds: 86_400 },
} as const satisfies Record<string, { scope: Scope; seconds: number }>;

type Scope = "ip" | "key";
export type WindowName = keyof typeof windows;
const windowNames = Object.keys(windows) as WindowName[];

export type LimitSettings = {
  /** Calls a window; a window without a number has no limit. */
  quotas: Partial<Record<WindowName, number>>;
  /** From where the day is counted, which Upwork says nowhere. */
  day: "utc" | "rolling";
  /**
   * When an address that was refused is let in again: as soon as there is room, or, as an older article of Upwork's has
   * it, a whole window after the last call that was refused.
   */
  afterRefusal: "room" | "quiet";
  /** Whether a 429 says when to come back. Most of Upwork's do not. */
  retryAfter: boolean;
  /** A key refused so often within an hour is disabled until somebody enables it; 0 never does. */
  disableAfter: number;
  /** What a disabled key is told; nowhere recorded. */
  disabledStatus: 401 | 403;
};

const base = {
  day: "utc",
  afterRefusal: "room",
  retryAfter: false,
  disableAfter: 0,
  disabledStatus: 403,
} as const satisfies Partial<LimitSettings>;

/** Sets of limits by name. */
export const limitPresets = {
  /** Nothing is refused; everything is counted. */
  off: { ...base, quotas: {} },
  /** As Upwork states them now: 10 a second and 300 a minute for an address, 40,000 a day for a key. */
  today: { ...base, quotas: { second: 10, minute: 300, day: 40_000 } },
  /** As in the years of OAuth 1.0a: 40 a minute, and whoever goes on is not let in again. */
  legacy: { ...base, afterRefusal: "quiet", quotas: { minute: 40, day: 40_000 } },
} as const satisfies Record<string, LimitSettings>;

export type LimitPreset = keyof typeof limitPresets;

export type Admission =
  | { kind: "admitted" }
  | { kind: "refused"; limit: WindowName; scope: Scope; retryAfterSeconds: number }
  | { kind: "disabled" };

export type WindowCount = { window: WindowName; seconds: number; quota: number | undefined; now: number; most: number };

/** What one address or key has sent. */
export type Counters = { scope: Scope; name: string; received: number; refused: number; windows: WindowCount[] };

export type Limits = {
  /** Counts a call and says whether it may go on. */
  admit(caller: { ip: string; key: string | undefined }, now: number): Admission;
  settings(): Readonly<LimitSettings>;
  change(settings: Partial<LimitSettings>): void;
  /** What was received, by address and by key; also while nothing is limited. */
  counters(now: number): Counters[];
  disabledKeys(): readonly string[];
  setDisabled(key: string, isDisabled: boolean): void;
  /** Forgets every count and enables every key. */
  reset(): void;
};

type Caller = {
  scope: Scope;
  name: string;
  received: number;
  refused: number;
  /** Every call, whether it was let in or not. */
  arrived: Record<WindowName, RollingCounter>;
  /** What counts against the quotas. */
  counted: Record<WindowName, RollingCounter>;
  refusedAt: Partial<Record<WindowName, number>>;
  utcDay: { day: number; count: number };
  refusals: RollingCounter;
};

/** Callers beyond these push the oldest out, so that a million different ones take no memory. */
const keptCallers = 100;

export function createLimits(initial: LimitSettings): Limits {
  let settings = initial;
  const callers = new Map<string, Caller>();
  const disabled = new Set<string>();

  function callerOf(scope: Scope, name: string): Caller {
    const id = `${scope} ${name}`;
    const known = callers.get(id);
    if (known !== undefined) return known;
    const [oldest] = callers.keys();
    if (callers.size >= keptCallers && oldest !== undefined) callers.delete(oldest);
    const caller = {
      scope,
      name,
      received: 0,
      refused: 0,
      refusedAt: {},
      utcDay: { day: 0, count: 0 },
      arrived: counters(),
      counted: counters(),
      refusals: createRollingCounter(3_600),
    };
    callers.set(id, caller);
    return caller;
  }

  function refusalOf(caller: Caller, window: WindowName, now: number): Admission | undefined {
    const quota = settings.quotas[window];
    if (quota === undefined || windows[window].scope !== caller.scope) return undefined;
    const isUtcDay = window === "day" && settings.day === "utc";
    const roomAt = isUtcDay ? utcRoomAt(caller, quota, now) : caller.counted[window].hasRoomAt(quota, now);
    const freeAt = Math.max(roomAt, quietAt(caller, window));
    if (freeAt <= now) return undefined;
    caller.refusedAt[window] = now;
    const retryAfterSeconds = Math.max(1, Math.ceil((freeAt - now) / 1000));
    return { kind: "refused", limit: window, scope: caller.scope, retryAfterSeconds };
  }

  function quietAt({ scope, refusedAt }: Caller, window: WindowName): number {
    const at = refusedAt[window];
    const mustBeQuiet = settings.afterRefusal === "quiet" && scope === "ip";
    return mustBeQuiet && at !== undefined ? at + windows[window].seconds * 1000 : 0;
  }

  function count(caller: Caller, now: number): void {
    for (const window of windowNames) caller.counted[window].add(now);
    const day = Math.floor(now / 86_400_000);
    caller.utcDay = { day, count: caller.utcDay.day === day ? caller.utcDay.count + 1 : 1 };
  }

  return {
    admit({ ip, key }, now) {
      const sent = [callerOf("ip", ip), ...(key === undefined ? [] : [callerOf("key", key)])];
      for (const caller of sent) {
        caller.received += 1;
        for (const window of windowNames) caller.arrived[window].add(now);
      }
      if (key !== undefined && disabled.has(key)) return { kind: "disabled" };
      const refusals = sent.flatMap((caller) => windowNames.map((window) => refusalOf(caller, window, now)));
      const refusal = refusals.find((found) => found !== undefined);
      if (refusal === undefined) {
        for (const caller of sent) count(caller, now);
        return { kind: "admitted" };
      }
      for (const caller of sent) {
        caller.refused += 1;
        caller.refusals.add(now);
      }
      const { disableAfter } = settings;
      if (key !== undefined && disableAfter > 0 && callerOf("key", key).refusals.count(now) >= disableAfter) {
        disabled.add(key);
      }
      return refusal;
    },
    settings: () => settings,
    change(changed) {
      settings = { ...settings, ...changed };
    },
    counters: (now) =>
      [...callers.values()].map(({ scope, name, received, refused, arrived }) => ({
        scope,
        name,
        received,
        refused,
        windows: windowNames.map((window) => ({
          window,
          seconds: windows[window].seconds,
          quota: windows[window].scope === scope ? settings.quotas[window] : undefined,
          now: arrived[window].count(now),
          most: arrived[window].most(),
        })),
      })),
    disabledKeys: () => [...disabled],
    setDisabled(key, isDisabled) {
      if (isDisabled) disabled.add(key);
      else disabled.delete(key);
    },
    reset() {
      callers.clear();
      disabled.clear();
    },
  };
}

const counters = () =>
  ({
    second: createRollingCounter(windows.second.seconds),
    minute: createRollingCounter(windows.minute.seconds),
    hour: createRollingCounter(windows.hour.seconds),
    day: createRollingCounter(windows.day.seconds),
  }) satisfies Record<WindowName, RollingCounter>;

function utcRoomAt({ utcDay }: Caller, quota: number, now: number): number {
  const day = Math.floor(now / 86_400_000);
  return utcDay.day === day && utcDay.count >= quota ? (day + 1) * 86_400_000 : now;
}
