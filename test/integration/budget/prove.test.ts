import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const prove = fileURLToPath(new URL("../../../bench/prove-budget.ts", import.meta.url));

test("a small run of the proof: kills lose at most the call under way, nobody overspends, every share is kept", async () => {
  const values = ["--processes", "5", "--attempts", "3000", "--quota", "900"];
  const { stdout } = await promisify(execFile)(process.execPath, [prove, ...values]);
  const result = JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}");
  // The pool and both guarantees are used up, and then the gateway's own 18 units, which nobody else could take.
  expect(result).toMatchObject({ attempts: 3000, quota: 900, admitted: 900, gateway: 18, right: true });
  expect(result.sent + result.stranded).toBe(900);
  expect(result.stranded).toBeLessThanOrEqual(result.kills);
  const [crm, , reports, , search] = result.perClient;
  expect(crm).toMatchObject({ id: "crm", guaranteed: 225, kept: true });
  expect(crm.sent).toBeGreaterThanOrEqual(225 - result.kills);
  expect(search.sent).toBeGreaterThanOrEqual(90 - result.kills);
  expect(reports.sent).toBeLessThanOrEqual(45);
}, 120_000);
