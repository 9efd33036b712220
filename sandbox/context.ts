import type { Application } from "./applications.ts";
import type { Clock } from "./clock.ts";
import type { Faults } from "./faults/faults.ts";
import type { CallLog } from "./http/call-log.ts";
import type { Limits } from "./limits/limits.ts";
import type { TokenStore } from "./oauth1/tokens.ts";
import type { OAuth2Application, OAuth2Tokens } from "./oauth2/tokens.ts";
import type { Switches } from "./switches.ts";
import type { World } from "./world/world.ts";

/** What every layer of one sandbox shares. */
export type Context = {
  applications: readonly Application[];
  tokens: TokenStore;
  oauth2: { applications: readonly OAuth2Application[]; tokens: OAuth2Tokens };
  /** Replaced by a reset, so read it from here each time. */
  world: World;
  clock: Clock;
  switches: Switches;
  limits: Limits;
  faults: Faults;
  log: CallLog;
  /** Where clients think the sandbox is, when a proxy stands before it: signatures are made over that address. */
  publicUrl: URL | undefined;
};
