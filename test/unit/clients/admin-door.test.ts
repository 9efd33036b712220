import { beforeEach, describe, expect, test } from "vitest";
import { createAdminKey, openAdminDoor, rotateAdminKey } from "../../../functions/clients/admin-door.ts";
import type { Config } from "../../../functions/platform/config.ts";
import type { SecretStore } from "../../../functions/platform/secrets.ts";

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
    write: async () => undefined,
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
const asAdmin = (key: string) => ({ headers: { authorization: `Bearer ${key}` }, cookies: {} });
let value: { text: string };
let first: string;
beforeEach(() => {
  first = createAdminKey();
  value = { text: JSON.stringify({ current: first }) };
});

describe("a rotation", () => {
  test("overlaps: both keys and both keys' sessions are good, until the next one", async () => {
    const { secrets } = rememberingSecrets(value);
    const door = openAdminDoor(config, secrets);
    const session = (await door.logIn(first)) ?? "";
    const { key: second } = await rotateAdminKey(secrets, "p", true);
    expect(await door.admits(asAdmin(first))).toBe(true);
    expect(await door.admits(asAdmin(second))).toBe(true);
    expect(await door.admits({ headers: {}, cookies: { [door.cookieName]: session } })).toBe(true);
    await rotateAdminKey(secrets, "p", true);
    expect(await door.admits(asAdmin(first))).toBe(false);
    expect(await door.admits(asAdmin(second))).toBe(true);
    expect(await door.admits({ headers: {}, cookies: { [door.cookieName]: session } })).toBe(false);
  });

  test("without overlap ends the key so far", async () => {
    const { secrets } = rememberingSecrets(value);
    const { key } = await rotateAdminKey(secrets, "p", false);
    const door = openAdminDoor(config, secrets);
    expect([await door.admits(asAdmin(first)), await door.admits(asAdmin(key))]).toEqual([false, true]);
  });

  test("is seen by a function that has read the keys before, at the first use of the new one", async () => {
    const other = rememberingSecrets(value);
    const door = openAdminDoor(config, other.secrets);
    expect(await door.admits(asAdmin(first))).toBe(true);
    const { key } = await rotateAdminKey(rememberingSecrets(value).secrets, "p", true);
    expect(await door.admits(asAdmin(key))).toBe(true);
  });
});

test("wrong keys make nobody read the secret again and again", async () => {
  const { secrets, reads } = rememberingSecrets(value);
  const door = openAdminDoor(config, secrets);
  for (let count = 0; count < 50; count += 1) expect(await door.admits(asAdmin(`wrong-${count}`))).toBe(false);
  expect(reads()).toBe(2);
});
