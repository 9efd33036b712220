import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createAdminKey, openAdminDoor, rotateAdminKey } from "../../../functions/clients/admin-door.ts";
import type { Config } from "../../../functions/platform/config.ts";
import type { Problem } from "../../../functions/platform/problem.ts";
import type { SecretStore } from "../../../functions/platform/secrets.ts";
import type { StateTable } from "../../../functions/platform/state-table.ts";
import { createStateTable, openDynamo, type TestDynamo } from "../../support/stores.ts";

/** A secret that other functions change: what was read is remembered until it is forgotten. */
function rememberingSecrets(value: { text: string }) {
  let remembered: string | undefined;
  let reads = 0;
  const secrets: SecretStore = {
    read: async () => {
      if (remembered === undefined) reads += 1;
      remembered ??= value.text;
      return remembered;
    },
    readStored: async () => undefined,
    write: async () => undefined,
    writeNext: async () => true,
    writeOnce: async (_name, text) => {
      value.text = text;
      remembered = text;
      return true;
    },
    remove: async () => undefined,
    forget: () => {
      remembered = undefined;
    },
  };
  return { secrets, reads: () => reads };
}

const config = {
  secretPrefix: "p",
  adminDoor: "key",
  publicUrl: "https://gateway.example",
} as Config;
const asAdmin = (key: string) => ({ headers: { authorization: `Bearer ${key}` }, cookies: {}, sourceIp: "192.0.2.1" });
let dynamo: TestDynamo;
let table: StateTable;
beforeAll(async () => {
  dynamo = await openDynamo();
  table = await createStateTable(dynamo.client);
});
afterAll(() => dynamo.close());
let value: { text: string };
let first: string;
beforeEach(() => {
  first = createAdminKey();
  value = { text: JSON.stringify({ current: first }) };
});

describe("a rotation", () => {
  test("overlaps: both keys and both keys' sessions are good, until the next one", async () => {
    const { secrets } = rememberingSecrets(value);
    const door = openAdminDoor(config, secrets, table);
    const session = (await door.logIn(first, "192.0.2.1")) ?? "";
    const { key: second } = await rotateAdminKey(secrets, "p", true);
    expect(await door.admits(asAdmin(first))).toBe(true);
    expect(await door.admits(asAdmin(second))).toBe(true);
    expect(await door.admits({ headers: {}, cookies: { [door.cookieName]: session }, sourceIp: "192.0.2.1" })).toBe(
      true,
    );
    await rotateAdminKey(secrets, "p", true);
    expect(await door.admits(asAdmin(first))).toBe(false);
    expect(await door.admits(asAdmin(second))).toBe(true);
    expect(await door.admits({ headers: {}, cookies: { [door.cookieName]: session }, sourceIp: "192.0.2.1" })).toBe(
      false,
    );
  });

  test("without overlap ends the key so far", async () => {
    const { secrets } = rememberingSecrets(value);
    const { key } = await rotateAdminKey(secrets, "p", false);
    const door = openAdminDoor(config, secrets, table);
    expect([await door.admits(asAdmin(first)), await door.admits(asAdmin(key))]).toEqual([false, true]);
  });

  test("is seen by a function that has read the keys before, at the first use of the new one", async () => {
    const other = rememberingSecrets(value);
    const door = openAdminDoor(config, other.secrets, table);
    expect(await door.admits(asAdmin(first))).toBe(true);
    const { key } = await rotateAdminKey(rememberingSecrets(value).secrets, "p", true);
    expect(await door.admits(asAdmin(key))).toBe(true);
  });
});

describe("wrong keys", () => {
  const wrong = (count: number, from: string) => ({ ...asAdmin(`wrong-${count}`), sourceIp: from });

  test("make nobody read the secret again and again", async () => {
    const { secrets, reads } = rememberingSecrets(value);
    const door = openAdminDoor(config, secrets, table);
    for (let count = 0; count < 50; count += 1) expect(await door.admits(wrong(count, `192.0.2.${count}`))).toBe(false);
    expect(reads()).toBe(2);
  });

  test("from one address are ten in five minutes, counted by all functions together; others may go on", async () => {
    const { secrets } = rememberingSecrets(value);
    const doors = Array.from({ length: 5 }, () => openAdminDoor(config, secrets, table));
    const tries = [];
    for (let count = 0; count < 20; count += 1) {
      tries.push(await doors[count % 5]?.admits(wrong(count, "198.51.100.7")).catch((error: Problem) => error.kind));
    }
    expect(tries.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => false));
    expect(tries.slice(10)).toEqual(Array.from({ length: 10 }, () => "too-many-attempts"));
    await expect(doors[0]?.logIn(first, "198.51.100.7")).rejects.toMatchObject({
      status: 429,
      headers: { "retry-after": expect.stringMatching(/^[1-9]\d*$/) },
    });
    expect(await doors[0]?.admits(asAdmin(first))).toBe(true);
  });
});
