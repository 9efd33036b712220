import type { Context } from "../context.ts";
import { createWorld } from "../world/world.ts";

/** A new world of the same seed, and nothing that anybody did to the old one. Limits, switches and clock stay. */
export function reset(context: Context): void {
  context.world = createWorld(context.world.seed, context.clock.now());
  context.tokens.revokeAll();
  context.oauth2.tokens.revokeAll();
  context.faults.clear();
  context.limits.reset();
  context.log.clear();
}
