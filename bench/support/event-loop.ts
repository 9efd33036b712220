import { monitorEventLoopDelay, performance } from "node:perf_hooks";

export type EventLoopLoad = {
  /** The share of time in which it had something to do. */
  busy: number;
  /** How much later than asked for a timer came. */
  delayMs: { p95: number; max: number };
};

const resolutionMs = 5;

/** Watches how busy this process's event loop is, until what it returns is called. */
export function watchEventLoop(): () => EventLoopLoad {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  const before = performance.eventLoopUtilization();
  delays.enable();
  // The histogram is of the time between two timers, in ns.
  const lateMs = (ns: number) => Math.round(Math.max(0, ns / 1e6 - resolutionMs));
  return () => {
    delays.disable();
    const { utilization } = performance.eventLoopUtilization(before);
    return {
      busy: Number(utilization.toFixed(2)),
      delayMs: { p95: lateMs(delays.percentile(95)), max: lateMs(delays.max) },
    };
  };
}
