import { expect, test } from "vitest";
import type { ConnectionStore } from "../../../functions/oauth/connections.ts";
import { openRenewal } from "../../../functions/oauth/open-renewal.ts";
import { readConfig } from "../../../functions/platform/config.ts";
import { secretNames } from "../../../functions/platform/names.ts";
import type { SecretStore } from "../../../functions/platform/secrets.ts";
import type { StateTable } from "../../../functions/platform/state-table.ts";
import { gatewayEnvironment } from "../../support/gateway-environment.ts";

const config = readConfig(gatewayEnvironment);

test.each([
  [400, true],
  [401, true],
  [200, false],
  [503, false],
])("after %i to a token call the application's secret is read anew: %s", async (status, isForgotten) => {
  const forgotten: string[] = [];
  const secrets = {
    read: async () => '{"clientId": "id", "clientSecret": "secret"}',
    forget: (name: string) => void forgotten.push(name),
  } as unknown as SecretStore;
  const parts = { table: {} as StateTable, connections: {} as ConnectionStore, secrets };
  const answer = { status, headers: {}, body: new Uint8Array() };
  const renewal = openRenewal(config, { ...parts, spend: (send) => send() });
  expect(await (await renewal.provider()).spend(async () => answer)).toBe(answer);
  expect(forgotten).toEqual(isForgotten ? [secretNames.oauth2Application(config.secretPrefix)] : []);
});
