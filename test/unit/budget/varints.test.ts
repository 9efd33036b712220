import fc from "fast-check";
import { expect, test } from "vitest";
import { packNumbers, unpackNumbers } from "../../../functions/budget/varints.ts";

test("unpacks what was packed", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 31 - 1 })), (numbers) => {
      expect(unpackNumbers(packNumbers(numbers))).toEqual(numbers);
    }),
  );
});

test("takes one byte for a small count", () => {
  expect(packNumbers([0, 1, 127])).toHaveLength(3);
  expect(packNumbers([128])).toHaveLength(2);
});
