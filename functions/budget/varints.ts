/** Packs whole numbers from 0 to 2^53-1 into bytes, seven bits each, so that small counts take one byte. */
export function packNumbers(numbers: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  for (const number of numbers) {
    let rest = number;
    while (rest > 127) {
      bytes.push((rest & 127) | 128);
      rest = Math.floor(rest / 128);
    }
    bytes.push(rest);
  }
  return Uint8Array.from(bytes);
}

/** The reverse of {@link packNumbers}. */
export function unpackNumbers(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  let number = 0;
  let factor = 1;
  for (const byte of bytes) {
    number += (byte & 127) * factor;
    if (byte < 128) {
      numbers.push(number);
      number = 0;
      factor = 1;
    } else factor *= 128;
  }
  return numbers;
}
