import { inventKey, seeded } from "./seeded.ts";
import type { World } from "./world.ts";

/** A key for what a call adds: the same for the same seed and the same calls in the same order. */
export function newKey(world: World, prefix: string): string {
  const { jobs, hiring } = world;
  return inventKey(seeded(world.seed, `key ${jobs.rows.length} ${hiring.offers.rows.length}`), prefix);
}
