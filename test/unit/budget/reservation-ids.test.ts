import { expect, test } from "vitest";
import { reservationIds } from "../../../functions/budget/reservation.ts";

test("no two reservations have one id, whichever process makes them", () => {
  const processes = Array.from({ length: 20 }, reservationIds);
  const ids = Array.from({ length: 500 }, () => processes.map((create) => create())).flat();
  expect(new Set(ids).size).toBe(10_000);
});

test("an id stays short for as long as a process lives", () => {
  const create = reservationIds();
  const ids = Array.from({ length: 50_000 }, create);
  expect(Math.max(...ids.map(({ length }) => length))).toBeLessThanOrEqual(12);
});
