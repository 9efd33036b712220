import { Problem } from "../platform/problem.ts";
import type { Account } from "./account.ts";
import { type AuthorisationStore, sha256 } from "./authorisations.ts";
import {
  browserSecretOf,
  type FinishResult,
  findReturning,
  otherAccount,
  type StartRequest,
  type StartResult,
} from "./connect.ts";
import { type ConnectionStore, connectionNamePattern } from "./connections.ts";
import type { KeyPair } from "./signing.ts";
import { isTokenTrouble, mayRetryTokenStep } from "./token-step.ts";
import { consentUrl, getAccessToken, getAccount, getRequestToken, type Provider } from "./upstream-oauth1.ts";

/** What the two steps of connecting over OAuth 1.0a stand on. */
export type ConnectOauth1Dependencies = {
  provider: Provider;
  authorisations: AuthorisationStore;
  connections: ConnectionStore;
  callbackUrl: string;
  now: () => number;
};

/** Begins to connect an account: gets a request token, binds it to this browser, and says where to go. */
export async function startOauth1(
  { provider, authorisations, connections, callbackUrl, now }: ConnectOauth1Dependencies,
  request: StartRequest,
): Promise<StartResult> {
  if (!connectionNamePattern.test(request.connection)) return { kind: "name-refused" };
  try {
    const requestToken = await getRequestToken(provider, callbackUrl);
    const browserSecret = browserSecretOf(request.browserSecret);
    await connections.noteStarted(request.connection, "oauth1");
    await authorisations.create({
      grant: { auth: "oauth1", requestToken },
      connection: request.connection,
      browserHash: sha256(browserSecret),
      replace: request.replace,
      startedAt: now(),
    });
    return { kind: "redirect", location: consentUrl(provider.origin, requestToken.key), browserSecret };
  } catch (error) {
    if (isTokenTrouble(error)) return { kind: "upstream-trouble", error };
    throw error;
  }
}

/**
 * Finishes connecting: checks token, browser and age, exchanges the verifier exactly once, and stores the access
 * token. Every way it can end is a value; only the budget's refusals (a {@link Problem}) and broken stores throw.
 */
export async function finishOauth1(
  dependencies: ConnectOauth1Dependencies,
  request: { token: string | undefined; verifier: string | undefined; browserSecret: string | undefined },
): Promise<FinishResult> {
  const { provider, authorisations, connections, now } = dependencies;
  const { token = "", verifier } = request;
  const returning = await findReturning(dependencies, request.token, request.browserSecret);
  if ("result" in returning) return returning.result;
  const { connection, grant, replace } = returning.found;
  if (grant.auth !== "oauth1") return { kind: "token-unknown" };
  if (verifier === undefined || !/^[\x21-\x7e]{1,200}$/.test(verifier)) return { kind: "denied", connection };
  if (!(await authorisations.claim(token))) return { kind: "replayed", connection };

  let accessToken: KeyPair;
  try {
    accessToken = await getAccessToken(provider, grant.requestToken, verifier);
  } catch (error) {
    // A refusal of the budget came before anything was sent, so the request token is as good as before.
    if (mayRetryTokenStep(error) || error instanceof Problem) await authorisations.release(token);
    if (isTokenTrouble(error)) return { kind: "upstream-trouble", connection, error };
    throw error;
  }
  let account: Account;
  try {
    account = await getAccount(provider, accessToken);
  } catch (error) {
    if (isTokenTrouble(error)) return { kind: "upstream-trouble", connection, error };
    throw error;
  }
  const existing = await connections.find(connection);
  const other = otherAccount(connection, "oauth1", existing?.account, account, replace);
  if (other) return other;
  await connections.save(connection, { auth: "oauth1", token: accessToken }, account, now());
  return { kind: "connected", connection, auth: "oauth1", account, tenants: [] };
}
