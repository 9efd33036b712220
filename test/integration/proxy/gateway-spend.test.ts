import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { createLedger, type Ledger } from "../../../functions/budget/ledger.ts";
import { gatewaySpend } from "../../../functions/proxy/gateway-spend.ts";
import { onFreshBudgetTable } from "../../support/fresh-tables.ts";

let ledger: Ledger;
onFreshBudgetTable((table) => {
  ledger = createLedger({
    ...table,
    application: "test",
    limits: [{ name: "day", quota: 1_000, seconds: 86_400 }],
    now: Date.now,
    createId: randomUUID,
  });
});

const answer = (status: number) => ({ status, headers: {}, body: new Uint8Array() });

test("a token call is counted, and a 429 to it closes the gate for everybody", async () => {
  const spend = gatewaySpend(ledger);
  expect(await spend(async () => answer(200))).toMatchObject({ status: 200 });
  expect((await ledger.read()).limits[0]?.used).toBe(1);
  expect(await spend(async () => answer(429))).toMatchObject({ status: 429 });
  expect((await ledger.read()).gate).toMatchObject({ state: "closed" });
  await expect(spend(async () => answer(200))).rejects.toMatchObject({ kind: "upstream-cooldown" });
});
