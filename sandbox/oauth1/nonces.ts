import { hash } from "node:crypto";

/**
 * Which nonces were seen, for as long as their timestamps could be accepted. Built for load tests: 8 bytes a nonce, so
 * that a thousand calls a second for as long as the skew lasts take a few dozen megabytes and no more, ever.
 */
export type NonceMemory = {
  /**
   * False for a nonce seen before with the same signer and timestamp (RFC 5849 section 3.3).
   *
   * @param timestamp seconds
   * @param skewSeconds how far a timestamp may be from now, behind or ahead
   */
  remember(signer: string, timestamp: number, nonce: string, skewSeconds: number): boolean;
  size(): number;
};

const spanSeconds = 600;

export function createNonceMemory(): NonceMemory {
  // One set for each span of timestamps; a span goes as a whole.
  const spans = new Map<number, FingerprintSet>();
  let newest = Number.NEGATIVE_INFINITY;
  return {
    remember(signer, timestamp, nonce, skewSeconds) {
      if (timestamp > newest) {
        newest = timestamp;
        for (const span of spans.keys()) {
          if ((span + 1) * spanSeconds <= newest - 2 * skewSeconds) spans.delete(span);
        }
      }
      const span = Math.floor(timestamp / spanSeconds);
      const known = spans.get(span) ?? createFingerprintSet();
      spans.set(span, known);
      return known.add(hash("sha1", `${signer} ${timestamp} ${nonce}`, "buffer").readBigUInt64LE(0));
    },
    size: () => [...spans.values()].reduce((sum, { size }) => sum + size(), 0),
  };
}

type FingerprintSet = { add(fingerprint: bigint): boolean; size(): number };

/** A hash table with open addressing; 0 marks a free place, so a fingerprint of 0 is taken for 1. */
function createFingerprintSet(): FingerprintSet {
  let places = new BigUint64Array(1024);
  let count = 0;

  function put(table: BigUint64Array, fingerprint: bigint): boolean {
    const mask = table.length - 1;
    for (let at = Number(fingerprint & 0xffff_ffffn) & mask; ; at = (at + 1) & mask) {
      if (table[at] === fingerprint) return false;
      if (table[at] === 0n) {
        table[at] = fingerprint;
        return true;
      }
    }
  }
  return {
    add(given) {
      if (count * 2 >= places.length) {
        const larger = new BigUint64Array(places.length * 2);
        for (const fingerprint of places) if (fingerprint !== 0n) put(larger, fingerprint);
        places = larger;
      }
      const isNew = put(places, given === 0n ? 1n : given);
      if (isNew) count += 1;
      return isNew;
    },
    size: () => count,
  };
}
