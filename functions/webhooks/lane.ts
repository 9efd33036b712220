import { setTimeout as sleep } from "node:timers/promises";
import type { Endpoint } from "./endpoints.ts";

/** So many tries in a row without an answer make a lane rest, so that a hanging receiver costs little. */
const restAfter = 3;
const restMs = 30_000;

/** A wait that keeps no process alive. */
const pause = (ms: number) => sleep(ms, undefined, { ref: false });

/**
 * One endpoint's share of this process: how many sends are under way, when the next may begin. What happens in one lane
 * holds up no other.
 */
export class Lane {
  readonly #sending = new Set<Promise<unknown>>();
  readonly #now: () => number;
  #nextBeginAt = 0;
  #silentInRow = 0;
  #restsUntil = 0;
  #lastEndedAt = 0;
  #ended: (() => void)[] = [];
  endpoint: Endpoint;

  constructor(endpoint: Endpoint, now: () => number) {
    this.endpoint = endpoint;
    this.#now = now;
  }

  /** Whether a send could begin at once. */
  get hasRoom(): boolean {
    return this.#sending.size < this.endpoint.inFlight && this.#now() >= this.#nextBeginAt && !this.isResting;
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

  /** Waits until a send may begin; false when the lane rests or `until` comes first. */
  async room(until: number): Promise<boolean> {
    while (!this.hasRoom) {
      const now = this.#now();
      if (this.isResting || now >= until) return false;
      const isFull = this.#sending.size >= this.endpoint.inFlight;
      if (isFull) await Promise.race([this.#oneEnds(), pause(Math.min(until - now, 1_000))]);
      else await sleep(Math.max(1, Math.min(this.#nextBeginAt, until) - now));
    }
    return true;
  }

  /** Runs one send; `send` says whether the receiver answered, in whatever way. */
  begin(send: () => Promise<boolean>): void {
    this.#nextBeginAt = Math.max(this.#now(), this.#nextBeginAt) + 1_000 / this.endpoint.perSecond;
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

  #oneEnds(): Promise<void> {
    return new Promise((resolve) => this.#ended.push(resolve));
  }
}
