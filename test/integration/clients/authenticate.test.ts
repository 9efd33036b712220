import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createAuthenticate } from "../../../functions/clients/authenticate.ts";
import { createClient, findKey } from "../../../functions/clients/client-keys.ts";
import { createKeyUse } from "../../../functions/clients/key-use.ts";
import { createKey } from "../../../functions/clients/keys.ts";
import type { Problem } from "../../../functions/platform/problem.ts";
import type { StateTable } from "../../../functions/platform/state-table.ts";
import { createStateTable, openDynamo, type TestDynamo } from "../../support/stores.ts";

let dynamo: TestDynamo;
let table: StateTable;
let key: string;
let keyId: string;
let requests: string[];
beforeAll(async () => {
  dynamo = await openDynamo();
  dynamo.client.middlewareStack.add(
    (next, context) => (args) => {
      requests.push(String(context.commandName));
      return next(args);
    },
    { step: "initialize", name: "count" },
  );
});
afterAll(() => dynamo.close());
beforeEach(async () => {
  requests = [];
  table = await createStateTable(dynamo.client);
  ({ key, id: keyId } = await createClient(table, { id: "crm", name: "CRM", connection: "acme" }, "test"));
  requests = [];
});
const bearer = (text: string) => ({ authorization: `Bearer ${text}` });
const kindOf = (error: Problem) => error.kind;

describe("a thousand wrong keys a minute from one address", () => {
  test("are refused with 429 after the first hundred, without asking the table any more", async () => {
    const authenticate = createAuthenticate(table, "test", () => 0);
    const kinds: unknown[] = [];
    for (let count = 0; count < 1_000; count += 1) {
      // Right in form, so each would cost a look-up.
      kinds.push(await authenticate(bearer(createKey("test").key), "192.0.2.1").catch(kindOf));
    }
    expect(kinds.slice(0, 100).every((kind) => kind === "key-refused")).toBe(true);
    expect(kinds.slice(100).every((kind) => kind === "too-many-attempts")).toBe(true);
    expect(requests).toHaveLength(101);
  });

  test("leave other addresses alone, and a key that is believed already", async () => {
    const authenticate = createAuthenticate(table, "test", () => 0);
    expect((await authenticate(bearer(key), "192.0.2.1")).id).toBe("crm");
    for (let count = 0; count < 150; count += 1) await authenticate(bearer("typo"), "192.0.2.1").catch(kindOf);
    await expect(authenticate(bearer(createKey("test").key), "192.0.2.1")).rejects.toMatchObject({ status: 429 });
    expect((await authenticate(bearer(key), "192.0.2.1")).id).toBe("crm");
    expect((await createAuthenticate(table, "test")(bearer(key), "192.0.2.2")).id).toBe("crm");
  });
});

describe("the use of a key", () => {
  test("is noted once a minute, however many calls it makes, and by one process of several", async () => {
    let now = Date.UTC(2026, 0, 1, 12, 0, 30);
    const uses = [createKeyUse(table, () => now), createKeyUse(table, () => now)];
    const processes = uses.map((use) => createAuthenticate(table, "test", () => now, use));
    const callAll = async () => {
      for (let count = 0; count < 20; count += 1) for (const authenticate of processes) await authenticate(bearer(key));
      for (const use of uses) await use.settled();
    };
    await callAll();
    expect(requests.filter((name) => name === "UpdateItemCommand")).toHaveLength(2);
    expect((await findKey(table, keyId))?.usedAt).toBe("2026-01-01T12:00:00.000Z");
    now += 60_000;
    await callAll();
    expect((await findKey(table, keyId))?.usedAt).toBe("2026-01-01T12:01:00.000Z");
    expect(requests.filter((name) => name === "UpdateItemCommand")).toHaveLength(4);
  });

  test("never goes back, and never brings a revoked key's record back", async () => {
    let now = Date.UTC(2026, 0, 1);
    const use = createKeyUse(table, () => now);
    use.note(keyId);
    now -= 3_600_000;
    use.note(keyId);
    use.note("nobodyskey");
    await use.settled();
    expect((await findKey(table, keyId))?.usedAt).toBe("2026-01-01T00:00:00.000Z");
    expect(await findKey(table, "nobodyskey")).toBeUndefined();
  });

  test("cannot fail or hold up a call: the store's trouble is nobody's but the log's", async () => {
    const use = createKeyUse({ ...table, name: "no-such-table" }, Date.now);
    expect((await createAuthenticate(table, "test", Date.now, use)(bearer(key))).id).toBe("crm");
    await use.settled();
  });
});
