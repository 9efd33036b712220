import { describe, expect, test } from "vitest";
import { outcomeOf } from "../../../functions/proxy/outcome.ts";

const now = Date.parse("2026-11-24T10:00:00Z");
const answer = (status: number, body = "", headers: Record<string, string> = {}) => ({
  status,
  headers,
  body: Buffer.from(body),
});

describe("what an answer says about Upwork's limits", () => {
  test("429 closes the gate, for as long as Retry-After says in seconds or as a date", () => {
    expect(outcomeOf(answer(429), now)).toEqual({ kind: "limited" });
    const after = (value: string) => outcomeOf(answer(429, "", { "retry-after": value }), now);
    expect(after("120")).toEqual({ kind: "limited", retryAfterMs: 120_000 });
    expect(after("Tue, 24 Nov 2026 10:05:00 GMT")).toEqual({ kind: "limited", retryAfterMs: 300_000 });
    expect(after("Tue, 24 Nov 2026 09:00:00 GMT")).toEqual({ kind: "limited" });
    expect(after("soon")).toEqual({ kind: "limited" });
  });

  test("nobody is paused for longer than a day by one header", () => {
    expect(outcomeOf(answer(429, "", { "retry-after": "999999999" }), now)).toEqual({
      kind: "limited",
      retryAfterMs: 86_400_000,
    });
  });

  test.each([
    "Rate limit exceeded",
    "API quota reached",
    "You have exceeded the request limit for this key",
    "Too Many Requests",
  ])("an error of another status that says %j closes it as well", (message) => {
    expect(outcomeOf(answer(403, JSON.stringify({ error: { message } })), now)).toEqual({ kind: "limited" });
  });

  test("an application that is disabled closes it until an admin opens it", () => {
    expect(outcomeOf(answer(403, "Your API key has been disabled"), now)).toEqual({ kind: "disabled" });
  });

  test.each([
    [200, '{"jobs":[{"title":"Rate limit exceeded, please fix"}]}'],
    [403, "This APP has no access to requested resource"],
    [404, "Wrong URL requested"],
    [503, "Service Unavailable"],
  ])("%d %j says nothing about limits", (status, body) => {
    expect(outcomeOf(answer(status, body), now)).toEqual({ kind: "ok" });
  });
});
