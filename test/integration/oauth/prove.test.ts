import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const prove = fileURLToPath(new URL("../../../bench/prove-refresh.ts", import.meta.url));

test("a small run of the proof: processes that meet an expiry refresh once, and a killed one fails nobody else", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [prove, "--processes", "4", "--expiries", "3"]);
  const result = JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}");
  expect(result).toMatchObject({
    processes: 4,
    expiries: 3,
    failed: 0,
    pairsStored: 3,
    deadTokenCalls: 1,
    right: true,
  });
}, 120_000);
