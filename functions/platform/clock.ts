/** Time, and a call at a later moment of it; `after` returns what calls that off. */
export type Clock = { now(): number; after(ms: number, run: () => void): () => void };

export const systemClock: Clock = {
  now: Date.now,
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
