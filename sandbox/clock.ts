/** The sandbox's own time, in milliseconds: it can be moved forward, so that a test need not wait for a token to die. */
export type Clock = { now(): number; advance(milliseconds: number): void };

export function createClock(base: () => number): Clock {
  let offset = 0;
  return {
    now: () => base() + offset,
    advance(milliseconds) {
      offset += milliseconds;
    },
  };
}
