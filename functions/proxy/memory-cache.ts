/** A map that forgets what was not used for longest once its values are larger than its bound, in bytes. */
export type MemoryCache<Value> = {
  get(key: string): Value | undefined;
  set(key: string, value: Value, bytes: number): void;
  /** Bytes of all values. */
  size(): number;
};

/** What an entry costs besides its value: the key, the map's own bookkeeping. */
const overheadBytes = 300;

/** An empty one; what is larger than `maxBytes` by itself is not kept. */
export function createMemoryCache<Value>(maxBytes: number): MemoryCache<Value> {
  // A Map keeps insertion order, so its first entry is the one not used for longest.
  const entries = new Map<string, { value: Value; bytes: number }>();
  let total = 0;
  const remove = (key: string) => {
    total -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  };
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, bytes) {
      remove(key);
      const cost = bytes + overheadBytes;
      if (cost > maxBytes) return;
      entries.set(key, { value, bytes: cost });
      total += cost;
      for (const oldest of entries.keys()) {
        if (total <= maxBytes) break;
        remove(oldest);
      }
    },
    size: () => total,
  };
}
