import { faker } from "@faker-js/faker/locale/en";

export type Seeded = typeof faker;

/**
 * The source of invented data, set so that an area of the world comes out the same for the same seed, whenever and in
 * whatever order the areas are made. Use it up before another area asks: there is one source, and making is synchronous.
 */
export function seeded(seed: number, area: string): Seeded {
  faker.seed([seed, ...Buffer.from(area)]);
  return faker;
}

/** `~01` and 16 hex digits: Upwork calls it ciphertext, profile key or job key. */
export const inventKey = (source: Seeded, prefix = "~01") =>
  prefix + source.string.hexadecimal({ length: 16, prefix: "", casing: "lower" });
