import { Problem } from "../platform/problem.ts";
import type { Account, Tenant } from "./account.ts";
import type { Begun, ConnectDependencies, FinishResult } from "./connect.ts";
import type { NewCredentials } from "./credentials.ts";
import { isTokenTrouble, mayRetryTokenStep, TokenRefusedError } from "./token-step.ts";

type Owner = { account: Account; tenants: Tenant[] };

/** The steps in which the two generations differ. */
export type ConnectSteps<Given extends NewCredentials> = {
  /** Exchanges what the consent gave for credentials. */
  exchange: () => Promise<Given>;
  /** Gives back the right to exchange, after a fault that left the consent good. */
  giveBack: () => Promise<void>;
  /** Whose account it is, and for which organisations calls can be made. */
  lookUp: (credentials: Given) => Promise<Owner>;
};

/**
 * Exchanges a consent for credentials, asks whose they are, and stores them. Every way it can end is a value; only a
 * refusal of the budget before the exchange (a {@link Problem}) and broken stores throw.
 */
export async function connectAccount<Given extends NewCredentials>(
  { connections, save }: Pick<ConnectDependencies, "connections" | "save">,
  begun: Begun,
  { exchange, giveBack, lookUp }: ConnectSteps<Given>,
): Promise<FinishResult> {
  const { connection, auth } = begun;
  let credentials: Given;
  try {
    credentials = await exchange();
  } catch (error) {
    // A refusal of the budget came before anything was sent, so the consent is as good as before.
    const mayReload = mayRetryTokenStep(error) || error instanceof Problem;
    if (mayReload) await giveBack();
    if (error instanceof TokenRefusedError) return { kind: "refused", ...begun, code: error.code };
    if (isTokenTrouble(error)) return { kind: "upstream-trouble", ...begun, mayReload, error };
    throw error;
  }
  let owner: Owner;
  try {
    owner = await lookUp(credentials);
  } catch (error) {
    // The exchange cannot be made again, and tokens of nobody knows whom must not take the place of somebody's.
    if (isTokenTrouble(error) || error instanceof Problem) return { kind: "owner-unknown", ...begun, error };
    throw error;
  }
  const existing = await connections.find(connection);
  const other = otherAccount(begun, existing?.account, owner.account);
  if (other) return other;
  const tenant = await save(connection, { credentials, ...owner });
  return { kind: "connected", connection, auth, ...owner, ...(tenant === undefined ? {} : { tenant }) };
}

/** The end of connecting over another account's connection, unless that was asked for. */
function otherAccount(
  { connection, auth, replace }: Begun,
  connected: Account | undefined,
  offered: Account,
): FinishResult | undefined {
  // Where Upwork did not say whose account it is, there is nothing to compare.
  if (replace || !connected?.reference || !offered.reference) return undefined;
  if (connected.reference === offered.reference) return undefined;
  return { kind: "other-account", connection, auth, connected: connected.name, offered: offered.name };
}
