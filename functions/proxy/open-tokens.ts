import type { Ledger } from "../budget/ledger.ts";
import { openRenewal } from "../oauth/open-renewal.ts";
import { createTokenKeeper, type TokenKeeper } from "../oauth/token-keeper.ts";
import type { Config } from "../platform/config.ts";
import { gatewaySpend } from "./gateway-spend.ts";

/** The connections' credentials as calls get them: kept alive, each token call within the budget. */
export function openTokenKeeper(
  config: Config,
  { ledger, ...parts }: Omit<Parameters<typeof openRenewal>[1], "spend"> & { ledger: Ledger },
): TokenKeeper {
  return createTokenKeeper(openRenewal(config, { ...parts, spend: gatewaySpend(ledger) }));
}
