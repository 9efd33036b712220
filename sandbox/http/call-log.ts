import type { Answer, Exchange, Note } from "./exchange.ts";

/** One call as a person sees it afterwards. Holds no secret: neither bodies nor the Authorization header. */
export type CallRecord = Note & {
  number: number;
  /** Milliseconds. */
  at: number;
  method: string;
  path: string;
  status: number;
};

export type CallLog = {
  /** The last calls, oldest first. */
  records(): readonly CallRecord[];
  /** Requests received since the start, by `METHOD path`. */
  received: Map<string, number>;
  total(): number;
  countRequest(method: string, path: string): void;
  add(exchange: Exchange, answer: Answer): void;
  clear(): void;
};

const keptRecords = 1_000;
/** Paths beyond these are counted together, so that a million different ones take no memory. */
const countedPaths = 5_000;

export function createCallLog(): CallLog {
  let ring: CallRecord[] = [];
  let number = 0;
  let total = 0;
  const received = new Map<string, number>();
  return {
    records: () => ring.toSorted((a, b) => a.number - b.number),
    received,
    total: () => total,
    countRequest(method, path) {
      total += 1;
      const name = `${method} ${path}`;
      const counted = received.get(name);
      if (counted !== undefined) received.set(name, counted + 1);
      else if (received.size < countedPaths) received.set(name, 1);
      else received.set("other", (received.get("other") ?? 0) + 1);
    },
    add({ note, receivedAt, method, path }, { status }) {
      ring[number % keptRecords] = { ...note, number: number + 1, at: receivedAt, method, path, status };
      number += 1;
    },
    clear() {
      ring = [];
      number = 0;
      total = 0;
      received.clear();
    },
  };
}
