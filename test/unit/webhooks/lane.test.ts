import { describe, expect, test } from "vitest";
import type { Endpoint } from "../../../functions/webhooks/endpoints.ts";
import { Lane } from "../../../functions/webhooks/lane.ts";
import { ownTurns, type TakeTurns } from "../../../functions/webhooks/turns.ts";
import { virtualTime } from "../../support/virtual-time.ts";
import { endpoint } from "../../support/webhooks.ts";

const t0 = 1_700_000_000_000;

/** A lane in virtual time, which begins at `t0`. */
function openLane(own: Partial<Endpoint> = {}, takeTurns: TakeTurns = ownTurns) {
  const time = virtualTime(t0);
  const lane = new Lane(endpoint({ perSecond: 100, inFlight: 1_000, ...own }), time, takeTurns);
  return { time, lane };
}

describe("a lane of 100 sends a second", () => {
  /** How many of so many sends may begin at a moment. */
  function openPaced() {
    const { time, lane } = openLane();
    return async (at: number, wanted = 1) => {
      await time.until(time.wait(t0 + at - time.now()));
      let begun = 0;
      while (begun < wanted && (await lane.room(t0 + at))) {
        lane.begin(async () => true);
        begun += 1;
      }
      return begun;
    };
  }

  test("makes up for a send that began late with the next, so that the rate is reached", async () => {
    const begin = openPaced();
    expect(await begin(1)).toBe(1);
    expect(await begin(16)).toBe(1);
    expect(await begin(21)).toBe(1);
    expect(await begin(26)).toBe(0);
    expect(await begin(31)).toBe(1);
  });

  test("gives nothing to who was silent for long", async () => {
    const begin = openPaced();
    expect(await begin(1)).toBe(1);
    expect(await begin(5_000, 10)).toBe(1);
  });

  test("has no second with more sends than the rate and one, however late each of them begins", async () => {
    const begin = openPaced();
    let sent = 0;
    // Prime numbers of ms, so that no moment is in step with the rate.
    for (let at = 1; at < 1_000; at += 7) sent += await begin(at, 10);
    expect(sent).toBeGreaterThanOrEqual(99);
    expect(sent).toBeLessThanOrEqual(101);
  });
});

describe("those in line", () => {
  test("have room in the order in which they came, and no sooner than the rate allows", async () => {
    const { time, lane } = openLane({ perSecond: 20 });
    const had: string[] = [];
    const send = async (name: string) => {
      if (!(await lane.room(t0 + 10_000))) throw new Error("no room");
      had.push(`${name} ${time.now() - t0}`);
      lane.begin(async () => true);
    };
    await time.until(Promise.all(["a", "b", "c", "d"].map(send)));
    expect(had).toEqual(["a 0", "b 50", "c 100", "d 150"]);
  });

  test("have at once the room, and the turn, of who had nothing to send", async () => {
    const { time, lane } = openLane({ perSecond: 1, inFlight: 1 });
    const { promise: isClaimed, resolve: refuse } = Promise.withResolvers<undefined>();
    await time.until(lane.room(t0 + 60_000));
    const claim = lane.claim(isClaimed);
    const next = lane.room(t0 + 60_000);
    await time.until(time.wait(10));
    refuse(undefined);
    expect(await time.until(claim)).toBeUndefined();
    expect(await time.until(next)).toBe(true);
    expect(time.now() - t0).toBe(10);
  });

  test("are told when there is none before they give up", async () => {
    const { time, lane } = openLane({ inFlight: 1 });
    await time.until(lane.room(t0));
    lane.begin(() => new Promise(() => undefined));
    expect(await time.until(lane.room(t0 + 500))).toBe(false);
    expect(time.now() - t0).toBe(500);
  });

  test("are all told that the store gives no turns, and those who come later ask anew", async () => {
    let isDown = true;
    const { time, lane } = openLane({}, async (_id, { now }) => {
      if (isDown) throw new Error("throttled");
      return now;
    });
    const both = await Promise.allSettled([lane.room(t0 + 1_000), lane.room(t0 + 1_000)]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    isDown = false;
    expect(await time.until(lane.room(t0 + 1_000))).toBe(true);
  });

  test("are told whether waiting is worth while", async () => {
    const { time, lane } = openLane({ perSecond: 20, inFlight: 2 });
    expect(lane.mayHaveRoomIn(50)).toBe(true);
    await time.until(lane.room(t0 + 1_000));
    expect(lane.mayHaveRoomIn(50)).toBe(true);
    expect(lane.mayHaveRoomIn(49)).toBe(false);
    const second = lane.room(t0 + 1_000);
    await time.until(time.wait(1_000));
    expect(await second).toBe(true);
    expect(lane.mayHaveRoomIn(50), "both hang").toBe(false);
  });

  test("have no room once three sends in a row had no answer", async () => {
    const { time, lane } = openLane();
    for (let index = 0; index < 3; index += 1) {
      await time.until(lane.room(t0 + 1_000));
      lane.begin(async () => false);
    }
    await time.until(lane.idle());
    expect(await time.until(lane.room(t0 + 60_000))).toBe(false);
    expect(lane.isResting).toBe(true);
  });
});

describe("an endpoint's time", () => {
  /** The stretches that are taken in 3 s of steady sends, where others have the first `othersMs` of what is asked for. */
  async function spans(othersMs: number) {
    const taken: number[] = [];
    const { time, lane } = openLane({}, async (_id, { spanMs, now }) => {
      taken.push(spanMs);
      return now + othersMs;
    });
    const send = async () => {
      while (time.now() < t0 + 3_000) {
        if (await lane.room(t0 + 10_000)) lane.begin(async () => true);
      }
    };
    await time.until(send());
    return taken;
  }

  test("is taken in longer stretches while one follows another", async () => {
    expect((await spans(0)).slice(0, 5)).toEqual([100, 200, 400, 500, 500]);
  });

  test("is taken in short ones while others want it too", async () => {
    expect(new Set(await spans(100))).toEqual(new Set([100]));
  });

  test("begins no sooner for room that is given back while others have it", async () => {
    let asked = 0;
    const { time, lane } = openLane({}, async (_id, { now }) => {
      asked += 1;
      return asked === 1 ? now : t0 + 600;
    });
    const { promise: isClaimed, resolve: refuse } = Promise.withResolvers<undefined>();
    for (let index = 0; index < 10; index += 1) await time.until(lane.room(t0 + 10_000));
    const claims = Promise.all(Array.from({ length: 10 }, () => lane.claim(isClaimed)));
    const next = lane.room(t0 + 10_000);
    await time.until(time.wait(50));
    refuse(undefined);
    await time.until(claims);
    expect(await time.until(next)).toBe(true);
    expect(asked).toBe(2);
    expect(time.now() - t0).toBe(600);
  });
});
