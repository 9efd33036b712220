import type { Clock } from "../platform/clock.ts";
import type { Endpoint } from "./endpoints.ts";
import type { TakeTurns } from "./turns.ts";

/** So many tries in a row without an answer make a lane rest, so that a hanging receiver costs little. */
const restAfter = 3;
const restMs = 30_000;

/**
 * How much of an endpoint's time is taken at once: little for one delivery, more while one stretch follows another. While
 * others want it too, who wait until it is over, no more than those in line need.
 */
const firstSpanMs = 100;
const longestSpanMs = 500;
/** So long after others had time of an endpoint, they may want more of it. */
const sharedForMs = 1_000;

type Place = { until: number; resolve(hasRoom: boolean): void; reject(error: unknown): void };

/**
 * One endpoint's share of this process: how many sends are under way, when the next may begin. Whoever wants to send
 * stands in line, so that nobody who comes later takes the turn of somebody who waits. What happens in one lane holds up
 * no other.
 */
export class Lane {
  readonly #line: Place[] = [];
  readonly #sending = new Set<Promise<unknown>>();
  readonly #clock: Clock;
  readonly #takeTurns: TakeTurns;
  #isServing = false;
  /** Sends that have room and have not begun. */
  #expected = 0;
  #nextBeginAt = 0;
  /** Sends may begin before this moment; then more of the endpoint's time is to be taken. */
  #turnsEndAt = 0;
  /** Until when others may not have the endpoint's time, for it was taken here. */
  #takenUntil = 0;
  #spanMs = firstSpanMs;
  /** Whether others had the endpoint's time when more of it was taken last, and when they last had. */
  #isShared = false;
  #sharedAt = 0;
  /** Until when others have the time before the last stretch that was taken. */
  #othersUntil = 0;
  #silentInRow = 0;
  #restsUntil = 0;
  #lastEndedAt = 0;
  /** Who waits for a change: a send that ended, room that was given back. */
  readonly #waiting = new Set<() => void>();
  endpoint: Endpoint;

  constructor(endpoint: Endpoint, clock: Clock, takeTurns: TakeTurns) {
    this.endpoint = endpoint;
    this.#clock = clock;
    this.#takeTurns = takeTurns;
  }

  /** How many stand in line. */
  get waiting(): number {
    return this.#line.length;
  }

  /** Whether a send is under way, or somebody waits for room or has it. */
  get isBusy(): boolean {
    return this.#sending.size + this.#expected + this.#line.length > 0;
  }

  get isResting(): boolean {
    return this.#clock.now() < this.#restsUntil;
  }

  /** Whether who joins the line now may have room within so many ms, as far as this process knows. */
  mayHaveRoomIn(ms: number): boolean {
    const now = this.#clock.now();
    const ahead = this.#line.length;
    const isFull = this.#sending.size + this.#expected + ahead >= this.endpoint.inFlight;
    // Where no send has ended lately, none is going to.
    if (isFull && now - this.#lastEndedAt >= 1_000) return false;
    return Math.max(0, this.#nextBeginAt - now) + ahead * this.#intervalMs <= ms;
  }

  /**
   * Stands in line for room for one send, which `begin` or `leave` must follow; false, and there is none, when the lane
   * rests or it could not begin before `until`.
   */
  room(until: number): Promise<boolean> {
    const { promise, ...place } = Promise.withResolvers<boolean>();
    this.#line.push({ until, ...place });
    if (!this.#isServing) void this.#serve();
    return promise;
  }

  /** Gives room back that is not needed. */
  leave(): void {
    this.#expected -= 1;
    // It is no reason to begin in the time of others.
    this.#nextBeginAt = Math.max(this.#nextBeginAt - this.#intervalMs, this.#othersUntil);
    this.#tell();
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
        if (this.#silentInRow >= restAfter) this.#restsUntil = this.#clock.now() + restMs;
      })
      .finally(() => {
        this.#lastEndedAt = this.#clock.now();
        this.#sending.delete(sending);
        this.#tell();
      });
    this.#sending.add(sending);
  }

  /** Resolves when no send is under way and nobody waits for room. */
  async idle(): Promise<void> {
    while (this.isBusy) await this.#change();
  }

  get #intervalMs(): number {
    return 1_000 / this.endpoint.perSecond;
  }

  /** Gives room to those in line, one after the other, until nobody is left. */
  async #serve(): Promise<void> {
    this.#isServing = true;
    for (let first = this.#line[0]; first !== undefined; first = this.#line[0]) {
      try {
        const hasRoom = await this.#roomFor(first.until);
        this.#line.shift();
        first.resolve(hasRoom);
      } catch (error) {
        // A store that gives no turns to the first has none for those behind it either.
        for (const place of this.#line.splice(0)) place.reject(error);
      }
      this.#tell();
    }
    this.#isServing = false;
  }

  async #roomFor(until: number): Promise<boolean> {
    while (!this.isResting) {
      const now = this.#clock.now();
      if (this.#sending.size + this.#expected >= this.endpoint.inFlight) {
        if (now >= until) return false;
        await this.#change(until - now);
      } else if (Math.max(now, this.#nextBeginAt) >= this.#turnsEndAt) {
        if (!(await this.#take(now, until))) return false;
      } else if (now >= this.#nextBeginAt) {
        this.#expected += 1;
        // A timer that was late is made up for by the next send, so that the rate is reached and not passed.
        this.#nextBeginAt = Math.max(this.#nextBeginAt, now - this.#intervalMs) + this.#intervalMs;
        return true;
      } else {
        if (now >= until) return false;
        await this.#change(Math.min(this.#nextBeginAt, until) - now);
      }
    }
    return false;
  }

  /** Takes the next stretch of the endpoint's time, longer ones while one follows another. */
  async #take(now: number, until: number): Promise<boolean> {
    const isGoingOn = now - this.#turnsEndAt < firstSpanMs;
    const wantedMs = now - this.#sharedAt < sharedForMs ? this.#line.length * this.#intervalMs : this.#spanMs * 2;
    this.#spanMs = isGoingOn ? Math.min(Math.max(wantedMs, firstSpanMs), longestSpanMs) : firstSpanMs;
    const turns = Math.max(1, Math.floor(this.#spanMs / this.#intervalMs));
    const spanMs = Math.ceil(turns * this.#intervalMs);
    const isTaken = this.#takenUntil > now || (isGoingOn && this.#isShared);
    const beginsAt = await this.#takeTurns(this.endpoint.id, { spanMs, now, until, isTaken });
    if (beginsAt === undefined) return false;
    this.#isShared = beginsAt > Math.max(now, this.#takenUntil);
    if (this.#isShared) {
      this.#sharedAt = now;
      this.#othersUntil = beginsAt;
    }
    this.#takenUntil = beginsAt + spanMs;
    // What the answer took is not lost: else a slow store would leave no time at all.
    const answeredAt = this.#clock.now();
    this.#nextBeginAt = Math.max(this.#nextBeginAt, beginsAt, answeredAt);
    this.#turnsEndAt = Math.max(beginsAt, answeredAt) + spanMs;
    return true;
  }

  /** Resolves at the next change, or after so many ms. */
  #change(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        this.#waiting.delete(end);
        callOff?.();
        resolve();
      };
      const callOff = ms === undefined ? undefined : this.#clock.after(ms, end);
      this.#waiting.add(end);
    });
  }

  #tell(): void {
    for (const end of [...this.#waiting]) end();
  }
}
