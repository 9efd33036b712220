import { setTimeout as sleep } from "node:timers/promises";
import type { Endpoint } from "./endpoints.ts";
import type { TakeTurns } from "./turns.ts";

/** So many tries in a row without an answer make a lane rest, so that a hanging receiver costs little. */
const restAfter = 3;
const restMs = 30_000;

/** How much of an endpoint's time is taken at once: little for one delivery, more while one stretch follows another. */
const firstSpanMs = 100;
const longestSpanMs = 500;

/** A wait that keeps no process alive. */
const pause = (ms: number) => sleep(ms, undefined, { ref: false });

/**
 * One endpoint's share of this process: how many sends are under way, when the next may begin. What happens in one lane
 * holds up no other.
 */
export class Lane {
  readonly #sending = new Set<Promise<unknown>>();
  readonly #now: () => number;
  readonly #takeTurns: TakeTurns;
  /** Sends that have room and have not begun. */
  #expected = 0;
  #nextBeginAt = 0;
  /** Sends may begin before this moment; then more of the endpoint's time is to be taken. */
  #turnsEndAt = 0;
  #spanMs = firstSpanMs;
  #taking: Promise<boolean> | undefined;
  #silentInRow = 0;
  #restsUntil = 0;
  #lastEndedAt = 0;
  #ended: (() => void)[] = [];
  endpoint: Endpoint;

  constructor(endpoint: Endpoint, now: () => number, takeTurns: TakeTurns) {
    this.endpoint = endpoint;
    this.#now = now;
    this.#takeTurns = takeTurns;
  }

  get isBusy(): boolean {
    return this.#sending.size > 0;
  }

  /** Whether sends end here at all: there will be room soon. */
  get isMoving(): boolean {
    return this.#now() - this.#lastEndedAt < 1_000;
  }

  get isResting(): boolean {
    return this.#now() < this.#restsUntil;
  }

  /**
   * Waits for room for one send, which `begin` or `leave` must follow; false, and there is none, when the lane rests or
   * it could not begin before `until`.
   */
  async room(until: number): Promise<boolean> {
    while (!this.isResting) {
      const now = this.#now();
      if (this.#sending.size + this.#expected >= this.endpoint.inFlight) {
        if (now >= until) return false;
        await Promise.race([this.#oneEnds(), pause(Math.min(until - now, 1_000))]);
      } else if (Math.max(now, this.#nextBeginAt) >= this.#turnsEndAt) {
        if (this.#taking !== undefined) await this.#taking;
        else if (!(await this.#take(until))) return false;
      } else if (now >= this.#nextBeginAt) {
        this.#expected += 1;
        // A timer that was late is made up for by the next send, so that the rate is reached and not passed.
        this.#nextBeginAt = Math.max(this.#nextBeginAt, now - this.#intervalMs) + this.#intervalMs;
        return true;
      } else {
        if (now >= until) return false;
        await sleep(Math.max(1, Math.min(this.#nextBeginAt, until) - now));
      }
    }
    return false;
  }

  /** Gives room back that is not needed. */
  leave(): void {
    this.#expected -= 1;
    this.#nextBeginAt -= this.#intervalMs;
  }

  /** Waits for what the room is for; where there is nothing, or that fails, the room is given back. */
  async claim<Work>(work: Promise<Work | undefined>): Promise<Work | undefined> {
    let claimed: Work | undefined;
    try {
      claimed = await work;
      return claimed;
    } finally {
      if (claimed === undefined) this.leave();
    }
  }

  /** Runs the send that there was room for; `send` says whether the receiver answered, in whatever way. */
  begin(send: () => Promise<boolean>): void {
    this.#expected -= 1;
    const sending = send()
      .then((isAnswered) => {
        this.#silentInRow = isAnswered ? 0 : this.#silentInRow + 1;
        if (this.#silentInRow >= restAfter) this.#restsUntil = this.#now() + restMs;
      })
      .finally(() => {
        this.#lastEndedAt = this.#now();
        this.#sending.delete(sending);
        for (const tell of this.#ended.splice(0)) tell();
      });
    this.#sending.add(sending);
  }

  /** Resolves when no send is under way. */
  async idle(): Promise<void> {
    while (this.#sending.size > 0) await Promise.all(this.#sending);
  }

  get #intervalMs(): number {
    return 1_000 / this.endpoint.perSecond;
  }

  /** Takes the next stretch of the endpoint's time, longer ones while one follows another. */
  #take(until: number): Promise<boolean> {
    const now = this.#now();
    const isGoingOn = now - this.#turnsEndAt < firstSpanMs;
    this.#spanMs = isGoingOn ? Math.min(this.#spanMs * 2, longestSpanMs) : firstSpanMs;
    const turns = Math.max(1, Math.floor(this.#spanMs / this.#intervalMs));
    const spanMs = Math.ceil(turns * this.#intervalMs);
    this.#taking = this.#takeTurns(this.endpoint.id, { spanMs, now, until })
      .then((beginsAt) => {
        if (beginsAt === undefined) return false;
        // What the answer took is not lost: else a slow store would leave no time at all.
        this.#nextBeginAt = Math.max(this.#nextBeginAt, beginsAt, this.#now());
        this.#turnsEndAt = Math.max(beginsAt, this.#now()) + spanMs;
        return true;
      })
      .finally(() => {
        this.#taking = undefined;
      });
    return this.#taking;
  }

  #oneEnds(): Promise<void> {
    return new Promise((resolve) => this.#ended.push(resolve));
  }
}
