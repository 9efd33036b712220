import { expect, test } from "vitest";
import { createLedger, type Ledger } from "../../../functions/budget/ledger.ts";
import { gatewaySpend } from "../../../functions/proxy/gateway-spend.ts";
import { onFreshBudgetTable } from "../../support/fresh-tables.ts";

let ledger: Ledger;
let clock: number;
onFreshBudgetTable((table) => {
  clock = Date.now();
  ledger = createLedger({
    ...table,
    application: "test",
    limits: [
      { name: "second", quota: 1, seconds: 1 },
      { name: "day", quota: 3, seconds: 86_400 },
    ],
    now: () => clock,
    sleep: async (ms) => {
      clock += ms;
    },
    random: () => 0,
  });
});

const answer = (status: number) => ({ status, headers: {}, body: new Uint8Array() });

test("a token call is counted, and a 429 to it closes the gate for everybody", async () => {
  const spend = gatewaySpend(ledger);
  expect(await spend(async () => answer(200))).toMatchObject({ status: 200 });
  expect((await ledger.read()).limits.find(({ name }) => name === "day")?.used).toBe(1);
  expect(await spend(async () => answer(429))).toMatchObject({ status: 429 });
  expect((await ledger.read()).gate).toMatchObject({ state: "closed" });
  await expect(spend(async () => answer(200))).rejects.toMatchObject({ kind: "upstream-cooldown" });
});

test("a call of the gateway's own waits until a full second is over, and for no other limit", async () => {
  const spend = gatewaySpend(ledger);
  for (let count = 0; count < 3; count += 1) {
    expect(await spend(async () => answer(200))).toMatchObject({ status: 200 });
  }
  const before = clock;
  await expect(spend(async () => answer(200))).rejects.toMatchObject({ kind: "quota-exceeded" });
  expect(clock - before).toBeLessThan(1_500);
});
