import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createLedger, type Ledger } from "../../../functions/budget/ledger.ts";
import { defaultShare } from "../../../functions/platform/share-schema.ts";
import { type DroppingProxy, startDroppingProxy } from "../../support/budget/dropping-proxy.ts";
import { createBudgetTable, openDynamo, type TestDynamo } from "../../support/stores.ts";

// The bound: an answer that is lost costs at most one unit, and no call goes out that no unit was taken for.
let dynamo: TestDynamo;
let proxy: DroppingProxy;
let behindProxy: DynamoDBClient;
let tableName: string;
beforeAll(async () => {
  dynamo = await openDynamo();
  proxy = await startDroppingProxy(dynamo.url);
  behindProxy = new DynamoDBClient({ endpoint: proxy.url, maxAttempts: 1 });
});
afterAll(async () => {
  behindProxy.destroy();
  await proxy.close();
  await dynamo.close();
});
beforeEach(async () => {
  tableName = await createBudgetTable(dynamo.client);
  proxy.dropped = 0;
  proxy.drops = () => false;
});

const client = { id: "app", share: defaultShare };

function ledger(through: DynamoDBClient): Ledger {
  return createLedger({
    dynamo: through,
    tableName,
    application: "test",
    limits: [{ name: "day", quota: 300, seconds: 86_400 }],
    now: Date.now,
  });
}
const used = async () => (await ledger(dynamo.client).read()).limits[0]?.used ?? 0;

test("a write whose answer is lost counts once where nobody has written since", async () => {
  const one = ledger(behindProxy);
  await one.reserve({ client });
  let isNext = true;
  proxy.drops = (operation) => {
    const drops = isNext && operation === "UpdateItem";
    if (drops) isNext = false;
    return drops;
  };
  expect((await one.reserve({ client })).admitted).toBe(true);
  expect(proxy.dropped).toBe(1);
  expect(await used()).toBe(2);
});

test("lost answers cost at most one unit each, and no call goes out without one, while others write", async () => {
  let writes = 0;
  proxy.drops = (operation) => operation === "UpdateItem" && writes++ % 3 === 2;
  const gateways = [ledger(behindProxy), ledger(behindProxy), ledger(dynamo.client), ledger(dynamo.client)];
  let admitted = 0;
  await Promise.all(
    gateways.map(async (one) => {
      for (let call = 0; call < 40; call += 1) if ((await one.reserve({ client })).admitted) admitted += 1;
    }),
  );
  expect(proxy.dropped).toBeGreaterThan(10);
  const taken = await used();
  expect(taken).toBeGreaterThanOrEqual(admitted);
  expect(taken - admitted).toBeLessThanOrEqual(proxy.dropped);
});

test("a store that applies everything and answers nothing admits nobody, at one unit a call", async () => {
  const one = ledger(behindProxy);
  await one.reserve({ client });
  proxy.drops = () => true;
  for (let call = 0; call < 8; call += 1) {
    expect(await one.reserve({ client })).toMatchObject({ admitted: false, refusal: { kind: "store" } });
  }
  expect(await used()).toBeLessThanOrEqual(1 + 8);
  proxy.drops = () => false;
  expect((await one.reserve({ client })).admitted).toBe(true);
});

test("a unit is not given back twice when the answer is lost", async () => {
  const one = ledger(behindProxy);
  await one.reserve({ client });
  const answer = await one.reserve({ client });
  if (!answer.admitted) throw new Error("refused");
  proxy.drops = (operation) => operation === "UpdateItem";
  await expect(one.giveBack(answer)).rejects.toThrow();
  proxy.drops = () => false;
  expect(await used()).toBe(1);
});
