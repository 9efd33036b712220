import type { Collection } from "./collection.ts";
import { createDiary, type Diary } from "./diary.ts";
import type { Hiring } from "./hiring.ts";
import { type Job, makeJobs } from "./jobs.ts";
import { makeHiring } from "./make-hiring.ts";
import { makePeople } from "./make-people.ts";
import { type Messages, makeMessages } from "./messages.ts";
import type { People } from "./people.ts";
import { makeTasks, type Task } from "./tasks.ts";

/** All that exists: invented, the same for the same seed, and changed by writes. */
export type World = People & {
  readonly seed: number;
  readonly jobs: Collection<Job>;
  readonly hiring: Hiring;
  readonly messages: Messages;
  readonly tasks: Collection<Task>;
  readonly diary: Diary;
};

/**
 * A world as it is at `now` (milliseconds). People are made at once; what is larger is made when it is first asked for,
 * so that a sandbox starts in no time.
 */
export function createWorld(seed: number, now: number): World {
  const people = makePeople(seed, now);
  const jobs = once(() => makeJobs(seed, now, people));
  const hiring = once(() => makeHiring(seed, now, people, jobs()));
  const messages = once(() => makeMessages(seed, now, people, jobs(), hiring()));
  const tasks = once(() => makeTasks(seed, people, hiring()));
  const diary = once(() => {
    tasks();
    return createDiary(seed, hiring().contracts);
  });
  return {
    ...people,
    seed,
    get jobs() {
      return jobs();
    },
    get hiring() {
      return hiring();
    },
    get messages() {
      return messages();
    },
    get tasks() {
      return tasks();
    },
    get diary() {
      return diary();
    },
  };
}

function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
