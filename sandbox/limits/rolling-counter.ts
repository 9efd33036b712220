/** Events in the last window, told to a thousandth of it, in memory that does not grow. */
export type RollingCounter = {
  add(now: number): void;
  /** Events in the window that ends now. */
  count(now: number): number;
  /** The most that any window so far has held. */
  most(): number;
  /** When a window has room for one more below `quota`, in milliseconds since 1970; `now` where it has. */
  hasRoomAt(quota: number, now: number): number;
};

const slots = 1_000;

/**
 * Counts in a ring of 1,000 slots. With a window of a second a slot is a millisecond, which makes the count exact as far
 * as the clock goes.
 */
export function createRollingCounter(seconds: number): RollingCounter {
  // A slot takes `seconds` milliseconds.
  const ring = new Uint32Array(slots);
  let head = 0;
  let sum = 0;
  let most = 0;

  /** Empties the slots that have left the window; a clock that went back counts where it had been. */
  function moveTo(now: number): void {
    const slot = Math.floor(now / seconds);
    if (slot - head >= slots) {
      ring.fill(0);
      sum = 0;
    } else {
      for (let step = head + 1; step <= slot; step += 1) {
        sum -= ring[step % slots] ?? 0;
        ring[step % slots] = 0;
      }
    }
    head = Math.max(head, slot);
  }

  return {
    add(now) {
      moveTo(now);
      ring[head % slots] = (ring[head % slots] ?? 0) + 1;
      sum += 1;
      most = Math.max(most, sum);
    },
    count(now) {
      moveTo(now);
      return sum;
    },
    most: () => most,
    hasRoomAt(quota, now) {
      moveTo(now);
      let left = sum;
      for (let slot = head - slots + 1; left >= quota && slot <= head; slot += 1) {
        left -= ring[(slot + slots) % slots] ?? 0;
        if (left < quota) return (slot + slots) * seconds;
      }
      return now;
    },
  };
}
