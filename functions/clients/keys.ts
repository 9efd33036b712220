import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";

/**
 * Client keys look like `ugw_live_<id>_<secret><checksum>`: the prefix lets secret scanners match them, the checksum
 * recognises a typo without a look-up, the id finds the record, and only a hash of the whole key is stored.
 */
export type KeyKind = "live" | "test";

export type ParsedKey = { kind: KeyKind; id: string };

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const secretLength = 43; // 62^43 > 2^256
const checksumLength = 6; // 62^6 > 2^32
const keyPattern = /^(ugw_(live|test)_([a-z0-9]{10})_[0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;

/** Makes a new key from 256 random bits. The key is shown once; keep `id` and `hash`. */
export function createKey(kind: KeyKind, random: (bytes: number) => Buffer = randomBytes) {
  const id = Array.from(random(10), (byte) => (alphabet[byte % 36] ?? "0").toLowerCase()).join("");
  const secret = base62(BigInt(`0x${random(32).toString("hex")}`), secretLength);
  const unchecked = `ugw_${kind}_${id}_${secret}`;
  const key = unchecked + checksumOf(unchecked);
  return { key, id, hash: hashKey(key) };
}

/** Reads a key's kind and id, or `undefined` where it is malformed or its checksum does not fit (a typo). */
export function parseKey(key: string): ParsedKey | undefined {
  const match = keyPattern.exec(key);
  if (match === null) return undefined;
  const [, unchecked = "", kind, id = "", checksum = ""] = match;
  if (checksumOf(unchecked) !== checksum || (kind !== "live" && kind !== "test")) return undefined;
  return { kind, id };
}

/** SHA-256 in hex. A slow hash would add nothing: there is no guessing 256 random bits. */
export function hashKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** Compares two hashes in constant time. */
export function isSameHash(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}

function checksumOf(text: string): string {
  return base62(BigInt(crc32(text)), checksumLength);
}

function base62(value: bigint, length: number): string {
  let digits = "";
  for (let rest = value; digits.length < length; rest /= 62n) digits = (alphabet[Number(rest % 62n)] ?? "") + digits;
  return digits;
}
