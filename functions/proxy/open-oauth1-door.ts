import type { KeyUse } from "../clients/key-use.ts";
import { createFindOauth1Keys } from "../clients/oauth1-keys.ts";
import type { Config } from "../platform/config.ts";
import type { SecretStore } from "../platform/secrets.ts";
import type { StateTable } from "../platform/state-table.ts";
import { createOauth1Door, type Oauth1Door } from "./oauth1-door.ts";

/** The door of a deployment for programs that speak OAuth 1.0a. */
export function openOauth1Door(
  config: Config,
  { table, secrets, keyUse }: { table: StateTable; secrets: SecretStore; keyUse: KeyUse },
): Oauth1Door {
  const findKeys = createFindOauth1Keys(table, secrets, config.secretPrefix);
  return createOauth1Door(table, findKeys, config.publicUrl, Date.now, keyUse);
}
