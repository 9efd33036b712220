import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { createBudgetTable, openDynamo } from "../../support/stores.ts";

const worker = fileURLToPath(new URL("../../support/reserve-worker.ts", import.meta.url));
const run = promisify(execFile);

test("several gateways in processes of their own never admit more than the quota, and waste none of it", async () => {
  const dynamo = await openDynamo();
  try {
    const table = await createBudgetTable(dynamo.client);
    const quota = 150;
    const outputs = await Promise.all(
      Array.from({ length: 4 }, () => run(process.execPath, [worker, dynamo.url, table, String(quota), "60"])),
    );
    const admitted = outputs.map(({ stdout }) => (JSON.parse(stdout) as { admitted: number }).admitted);
    // Three units, 2 %, are the gateway's own.
    expect(admitted.reduce((sum, count) => sum + count, 0)).toBe(quota - 3);
  } finally {
    await dynamo.close();
  }
});
