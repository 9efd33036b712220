import { expect, test } from "vitest";
import type { Endpoint } from "../../../functions/webhooks/endpoints.ts";
import { Lane } from "../../../functions/webhooks/lane.ts";
import { ownTurns } from "../../../functions/webhooks/turns.ts";

/** A lane of 100 sends a second, and how many of so many may begin at a moment. */
function openLane() {
  let clock = 0;
  const endpoint = { id: "wh_1", perSecond: 100, inFlight: 1_000 } as Endpoint;
  const lane = new Lane(endpoint, () => clock, ownTurns);
  return async (at: number, wanted = 1) => {
    clock = at;
    let begun = 0;
    while (begun < wanted && (await lane.room(at))) {
      lane.begin(async () => true);
      begun += 1;
    }
    return begun;
  };
}

test("a send that began late is made up for by the next, so that the rate is reached", async () => {
  const begin = openLane();
  expect(await begin(0)).toBe(1);
  expect(await begin(15)).toBe(1);
  expect(await begin(20)).toBe(1);
  expect(await begin(25)).toBe(0);
  expect(await begin(30)).toBe(1);
});

test("who was silent for long gains nothing by it", async () => {
  const begin = openLane();
  expect(await begin(0)).toBe(1);
  expect(await begin(5_000, 10)).toBe(1);
});

test("no second has more sends than the rate and one, however late each of them begins", async () => {
  const begin = openLane();
  let sent = 0;
  // Prime numbers of ms, so that no moment is in step with the rate.
  for (let at = 0; at < 1_000; at += 7) sent += await begin(at, 10);
  expect(sent).toBeGreaterThanOrEqual(99);
  expect(sent).toBeLessThanOrEqual(101);
});
