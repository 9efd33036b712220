import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const prove = fileURLToPath(new URL("../../../bench/prove-budget.ts", import.meta.url));

test("a small run of the proof: killed processes lose at most the call under way, and nobody overspends", async () => {
  const values = ["--processes", "4", "--attempts", "1600", "--quota", "900"];
  const { stdout } = await promisify(execFile)(process.execPath, [prove, ...values]);
  const result = JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}");
  expect(result).toMatchObject({ attempts: 1600, quota: 900, admitted: 882, right: true });
  expect(result.sent + result.stranded).toBe(882);
  expect(result.stranded).toBeLessThanOrEqual(result.kills);
}, 60_000);
