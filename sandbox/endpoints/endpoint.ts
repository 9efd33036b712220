import type { PermissionName } from "../permissions.ts";
import type { Switches } from "../switches.ts";
import type { User } from "../world/people.ts";
import type { World } from "../world/world.ts";
import type { Parameters } from "./parameters.ts";
import type { Result } from "./results.ts";

/** A call that passed signature and key permissions. */
export type Call = {
  world: World;
  user: User;
  parameters: Parameters;
  /** What stands in the path for a `{name}`, decoded. */
  segment(name: string): string;
  /** Milliseconds. */
  now: number;
  switches: Switches;
};

/** Upwork's own pages; an official client's source or recordings; its users; nobody. docs/sandbox.md shows it. */
export type Knowledge = "document" | "client" | "report" | "guess";

/** One row of the table of endpoints; `{name}` stands for one segment. Paths have no suffix: `.json` is cut off first. */
export type Endpoint = {
  method: "GET" | "POST" | "PUT" | "DELETE";
  path: string;
  /** What the key must be allowed to do. */
  permission: PermissionName;
  /** How the shape of its answer is known. */
  shape: Knowledge;
  answer: (call: Call) => Result;
};
