import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const prove = fileURLToPath(new URL("../../../bench/prove-refresh.ts", import.meta.url));

test("a small run of the proof: a process killed at any step costs a refresh only between sending one and storing its answer", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    prove,
    "--processes",
    "3",
    "--random",
    "1",
    "--lease",
    "4000",
  ]);
  const result = JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}");
  expect(result).toMatchObject({
    processes: 3,
    expiries: 14,
    failed: 0,
    refreshes: 14 + result.killedBetweenSendAndStore,
    pairsStored: 14,
    costOfKillAt: { looking: 0, asking: 1, answered: 1, "storing, and it never arrived": 1, storing: 0, stored: 0 },
    deadTokenCalls: 1,
    right: true,
  });
}, 240_000);
