import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { disabledBecause } from "../../../functions/webhooks/endpoint-health.ts";
import { decide, disableAfterMs, retryPauses } from "../../../functions/webhooks/retry.ts";

const now = 1_700_000_000_000;
const failed = { at: now, ms: 10, status: 500 };

describe("what follows a try", () => {
  test("is success for 2xx and for nothing else", () => {
    for (const status of [200, 201, 202, 204, 299]) {
      expect(decide({ ...failed, status }, 1, { now, random: 0.5 })).toEqual({ kind: "delivered" });
    }
    for (const status of [199, 300, 301, 302, 307, 400, 401, 404, 429, 500, 503]) {
      expect(decide({ ...failed, status }, 1, { now, random: 0.5 }).kind).toBe("retry");
    }
    for (const error of ["timeout", "unreachable", "tls", "address-refused"] as const) {
      expect(decide({ at: now, ms: 10, error }, 1, { now, random: 0.5 }).kind).toBe("retry");
    }
  });

  test("is a pause of 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h, and after the eighth try the end", () => {
    const pauses = Array.from({ length: 8 }, (_, index) => {
      const decision = decide(failed, index + 1, { now, random: 0.5 });
      return decision.kind === "retry" ? (decision.at - now) / 1000 : decision.kind;
    });
    expect(pauses).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 36_000, "dead"]);
  });

  test("is the end at once for 410", () => {
    expect(decide({ ...failed, status: 410 }, 1, { now, random: 0 })).toEqual({ kind: "dead" });
  });

  test("is spread by a tenth at most, and never earlier than Retry-After asks, up to ten hours", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(100 * 3_600_000),
        (tries, random, retryAfterMs) => {
          const decision = decide({ ...failed, status: 429 }, tries, { now, random, retryAfterMs });
          if (decision.kind !== "retry") throw new Error(decision.kind);
          const pause = retryPauses[tries - 1] ?? 0;
          const asked = Math.min(retryAfterMs, 10 * 3_600_000);
          expect(decision.at - now).toBeGreaterThanOrEqual(Math.max(asked, Math.floor(pause * 0.9)));
          expect(decision.at - now).toBeLessThanOrEqual(Math.max(asked, Math.ceil(pause * 1.1)));
        },
      ),
    );
  });
});

describe("an endpoint", () => {
  test("is disabled by 410, and by five days without a success", () => {
    expect(disabledBecause({}, { ...failed, status: 410 })).toContain("410");
    expect(disabledBecause({ failingSince: now - disableAfterMs }, failed)).toContain("five days");
  });

  test("is not disabled before, nor by a success", () => {
    expect(disabledBecause({}, failed)).toBeUndefined();
    expect(disabledBecause({ failingSince: now - disableAfterMs + 1 }, failed)).toBeUndefined();
    expect(disabledBecause({ failingSince: now - 2 * disableAfterMs }, { ...failed, status: 204 })).toBeUndefined();
  });
});
