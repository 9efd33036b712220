import type { Collection } from "./collection.ts";
import type { Contract } from "./hiring.ts";
import { seeded } from "./seeded.ts";

/** Ten minutes of work on an hourly contract, with what was on the screen. */
export type Cell = {
  contractReference: string;
  /** Seconds since 1970, a multiple of 600: the cell's own name in the API. */
  time: number;
  /** 0 to 10: in how many of the ten minutes a key or the mouse moved. */
  activity: number;
  keyboard: number;
  mouse: number;
  memo: string;
  taskCode: string;
  taskDescription: string;
  hasWebcam: boolean;
  /** Written in afterwards, not recorded. */
  isManual: boolean;
};

export type Diary = {
  /** The cells of a day (`yyyymmdd`, UTC), in order; nothing on days before the contract, after it, or to come. */
  cellsOn(contract: Contract, day: string, now: number): readonly Cell[];
  edit(contract: Contract, time: number, change: Partial<Pick<Cell, "memo" | "taskCode" | "taskDescription">>): void;
  remove(contract: Contract, time: number): void;
  removeWebcam(contract: Contract, time: number): void;
};

const cellSeconds = 600;
const dayMs = 86_400_000;

/** Milliseconds of a `yyyymmdd`, or `undefined` where there is no such day. */
export function parseDay(day: string): number | undefined {
  const [, year, month, date] = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(day) ?? [];
  const text = `${year}-${month}-${date}`;
  const at = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text ? undefined : at;
}

/** Days are invented one by one when somebody looks at them, always the same, and remember what was changed. */
export function createDiary(seed: number, contracts: Collection<Contract>): Diary {
  const days = new Map<string, Cell[]>();

  function day(contract: Contract, startOfDay: number): Cell[] {
    const name = `${contract.reference} ${startOfDay}`;
    const known = days.get(name);
    if (known !== undefined) return known;
    const made = isWorkday(contract, startOfDay) ? inventDay(seed, contract, startOfDay) : [];
    if (made.length > 0) days.set(name, made);
    return made;
  }
  const dayOf = (contract: Contract, time: number) => {
    const startOfDay = Math.floor((time * 1000) / dayMs) * dayMs;
    return { name: `${contract.reference} ${startOfDay}`, cells: day(contract, startOfDay) };
  };
  return {
    cellsOn(contract, text, now) {
      const startOfDay = parseDay(text);
      if (startOfDay === undefined || contracts.get(contract.reference) !== contract) return [];
      return day(contract, startOfDay).filter(({ time }) => (time + cellSeconds) * 1000 <= now);
    },
    edit(contract, time, change) {
      const cell = dayOf(contract, time).cells.find((candidate) => candidate.time === time);
      if (cell) Object.assign(cell, change);
    },
    remove(contract, time) {
      const { name, cells } = dayOf(contract, time);
      days.set(
        name,
        cells.filter((candidate) => candidate.time !== time),
      );
    },
    removeWebcam(contract, time) {
      const cell = dayOf(contract, time).cells.find((candidate) => candidate.time === time);
      if (cell) cell.hasWebcam = false;
    },
  };
}

function isWorkday({ jobType, startedAt, endedAt }: Contract, startOfDay: number): boolean {
  const weekday = new Date(startOfDay).getUTCDay();
  const hasBegun = startOfDay + dayMs > startedAt;
  return jobType === "hourly" && weekday !== 0 && weekday !== 6 && hasBegun && (endedAt === 0 || startOfDay < endedAt);
}

function inventDay(seed: number, contract: Contract, startOfDay: number): Cell[] {
  const source = seeded(seed, `diary ${contract.reference} ${startOfDay}`);
  const count = source.number.int({ min: 0, max: 30 });
  const begin = startOfDay / 1000 + source.number.int({ min: 7, max: 10 }) * 3600;
  const memo = `${source.hacker.verb()} the ${source.hacker.noun()}`;
  const taskCode = contract.taskCodes.length > 0 ? source.helpers.arrayElement([...contract.taskCodes]) : "";
  return Array.from({ length: count }, (_, index) => {
    const activity = source.number.int({ min: 2, max: 10 });
    return {
      contractReference: contract.reference,
      time: begin + index * cellSeconds,
      activity,
      keyboard: activity * source.number.int({ min: 5, max: 90 }),
      mouse: activity * source.number.int({ min: 5, max: 60 }),
      memo,
      taskCode,
      taskDescription: taskCode === "" ? "" : memo,
      hasWebcam: index === 0,
      isManual: activity === 2,
    };
  });
}
