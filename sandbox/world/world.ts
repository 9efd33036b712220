import type { Collection } from "./collection.ts";
import { type Job, makeJobs } from "./jobs.ts";
import { makePeople, type People } from "./people.ts";

/** All that exists: invented, the same for the same seed, and changed by writes. */
export type World = People & { jobs: Collection<Job> };

/**
 * A world as it is at `now` (milliseconds). People are made at once; what is large is made when it is first asked for,
 * so that a sandbox starts in no time.
 */
export function createWorld(seed: number, now: number): World {
  const people = makePeople(seed, now);
  let jobs: Collection<Job> | undefined;
  return {
    ...people,
    get jobs() {
      jobs ??= makeJobs(seed, now, people);
      return jobs;
    },
  };
}
