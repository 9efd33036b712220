import type { Halt } from "./refresh-crew.ts";

/**
 * What can be seen of a process from outside: its refresh is at the door to the sandbox, the sandbox has answered it, its
 * new pair is at the door to the store, the store has it; or it has halted where it was told to.
 */
export type Happening = "asking" | "asked" | "storing" | "stored" | "halted";

type Kill = (index: number) => Promise<void>;

/** What is done to the processes in one expiry. */
export type Disturbance = {
  name: string;
  /** How many refreshes more it must cost; undefined where nobody can know before. */
  cost: number | undefined;
  haltAt?: Halt;
  /** Runs before what happens goes on; false where it must not. */
  on?: (event: Happening, index: number, kill: Kill) => Promise<boolean | undefined>;
  /** Runs beside the calls. */
  act?: (processes: number, kill: Kill) => Promise<void>;
  /** Resolves when nobody will be killed any more. */
  end?: () => Promise<unknown>;
};

/** Kills the first process to which this happens, right then; the others go on. */
function once(event: Happening, goesOn = true): Pick<Disturbance, "on"> {
  let isDone = false;
  return {
    async on(happened, index, kill) {
      if (isDone || happened !== event) return true;
      isDone = true;
      await kill(index);
      return goesOn;
    },
  };
}

const halting = (haltAt: Halt, cost: number): Disturbance => ({ name: haltAt, cost, haltAt, ...once("halted") });

/** A kill at each step, in their order, with what it must cost. */
export const directedDisturbances: readonly Disturbance[] = [
  halting("waiting", 0),
  halting("looking", 0),
  halting("about to ask", 0),
  { name: "asking, and it never arrived", cost: 0, ...once("asking", false) },
  { name: "asking", cost: 1, ...once("asking") },
  { name: "asked", cost: 1, ...once("asked") },
  halting("answered", 1),
  { name: "storing, and it never arrived", cost: 1, ...once("storing", false) },
  { name: "storing", cost: 0, ...once("storing") },
  { name: "storing, and it is done", cost: 0, ...once("stored") },
  halting("stored", 0),
  halting("told", 0),
];

const events: readonly Happening[] = ["asking", "asked", "storing", "stored"];
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Kills at moments nobody chose: whoever refreshes, some milliseconds after something was seen of it, up to twice; and
 * some of the others, whatever they are doing.
 */
export function randomDisturbance(): Disturbance {
  const aims = Array.from({ length: Math.floor(Math.random() * 3) }, () => ({
    event: events[Math.floor(Math.random() * events.length)],
    afterMs: Math.random() * 20,
  }));
  const late: Promise<void>[] = [];
  const others = aims.length === 0 ? 1 + Math.floor(Math.random() * 3) : Math.floor(Math.random() * 2);
  return {
    name: `random: ${aims.length} at work, ${others} of all`,
    cost: undefined,
    async on(event, index, kill) {
      if (aims[0]?.event !== event) return true;
      const { afterMs } = aims.shift() ?? { afterMs: 0 };
      late.push(wait(afterMs).then(() => kill(index)));
      return true;
    },
    end: () => Promise.all(late),
    async act(processes, kill) {
      for (let count = 0; count < others; count += 1) {
        await wait(Math.random() * 300);
        await kill(Math.floor(Math.random() * processes));
      }
    },
  };
}
