import type { Switches } from "../switches.ts";
import type { User } from "../world/people.ts";
import type { World } from "../world/world.ts";
import type { Tenant } from "./tenants.ts";

/** Who asks, in the name of which organisation, and of what world: every resolver gets it. */
export type Viewer = {
  world: World;
  user: User;
  tenant: Tenant;
  /** Milliseconds. */
  now: number;
  switches: Switches;
};
