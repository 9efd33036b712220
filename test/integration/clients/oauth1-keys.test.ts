import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClient } from "../../../functions/clients/client-keys.ts";
import { createKeyUse } from "../../../functions/clients/key-use.ts";
import {
  createFindOauth1Keys,
  issueOauth1Keys,
  listOauth1Keys,
  noteOauth1KeyUse,
  type Oauth1Keys,
} from "../../../functions/clients/oauth1-keys.ts";
import { secretNames } from "../../../functions/platform/names.ts";
import { createSecretStore, type SecretStore } from "../../../functions/platform/secrets.ts";
import type { StateTable } from "../../../functions/platform/state-table.ts";
import { adminApi } from "../../support/admin-api.ts";
import { onFreshStateTable } from "../../support/fresh-tables.ts";
import { openSecretsManager } from "../../support/stores.ts";

let secretsServer: Awaited<ReturnType<typeof openSecretsManager>>;
let table: StateTable;
let secrets: SecretStore;
let secretPrefix: string;
let keys: Oauth1Keys;
let admin: ReturnType<typeof adminApi>;

beforeAll(async () => {
  secretsServer = await openSecretsManager();
});
afterAll(() => secretsServer.close());
onFreshStateTable(async (fresh) => {
  table = fresh;
  secretPrefix = `test/${table.name}`;
  secrets = createSecretStore(secretsServer.client);
  for (const id of ["crm", "n8n"]) await createClient(table, { id, name: id, connection: "acme" }, "test");
  keys = await issueOauth1Keys(table, secrets, secretPrefix, "crm", 0);
  admin = adminApi({ table, secrets, secretPrefix });
});

/** As Secrets Manager has it, whatever a store remembers. */
const storedSecret = () =>
  createSecretStore(secretsServer.client).read(secretNames.oauth1Keys(secretPrefix, keys.consumerKey));
const find = () => createFindOauth1Keys(table, createSecretStore(secretsServer.client), secretPrefix);

describe("keys that are revoked", () => {
  test("are gone with their secret, and no other client can revoke them", async () => {
    expect((await admin("DELETE", `/admin/clients/n8n/oauth1-keys/${keys.consumerKey}`)).status).toBe(404);
    expect(await storedSecret()).toContain(keys.tokenSecret);
    expect((await admin("DELETE", `/admin/clients/crm/oauth1-keys/${keys.consumerKey}`)).status).toBe(204);
    expect(await storedSecret()).toBeUndefined();
    expect(await find()(keys.consumerKey, () => undefined)).toBeUndefined();
    expect((await admin("DELETE", `/admin/clients/crm/oauth1-keys/${keys.consumerKey}`)).status).toBe(404);
  });

  test("can be revoked again where that was cut short after the secret", async () => {
    await secrets.remove(secretNames.oauth1Keys(secretPrefix, keys.consumerKey));
    expect(await find()(keys.consumerKey, () => undefined)).toBeUndefined();
    expect((await admin("DELETE", `/admin/clients/crm/oauth1-keys/${keys.consumerKey}`)).status).toBe(204);
    expect(await listOauth1Keys(table, "crm")).toEqual([]);
  });

  test("are those of a client that is removed", async () => {
    const { headers } = await admin("GET", "/admin/clients/crm");
    const removed = await admin("DELETE", "/admin/clients/crm", { headers: { "if-match": headers.etag ?? "" } });
    expect(removed.status).toBe(204);
    expect(await storedSecret()).toBeUndefined();
    expect(await listOauth1Keys(table, "crm")).toEqual([]);
  });
});

test("the minute of their last use is shown, and never brings revoked keys back", async () => {
  const path = "/admin/clients/crm/oauth1-keys";
  expect((await admin("GET", path)).body.items?.[0]).not.toHaveProperty("lastUsedAt");
  const use = createKeyUse(table, () => Date.UTC(2026, 0, 1, 12, 0, 30), noteOauth1KeyUse);
  use.note(keys.consumerKey);
  await use.settled();
  expect((await admin("GET", path)).body.items).toMatchObject([
    { consumerKey: keys.consumerKey, lastUsedAt: "2026-01-01T12:00:00.000Z" },
  ]);
  await admin("DELETE", `${path}/${keys.consumerKey}`);
  await noteOauth1KeyUse(table, keys.consumerKey, "2026-01-01T12:01:00.000Z");
  expect((await admin("GET", path)).body.items).toEqual([]);
});
