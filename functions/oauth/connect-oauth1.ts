import { connectionNamePattern } from "../platform/connection-name.ts";
import { sha256 } from "./authorisations.ts";
import {
  browserSecretOf,
  type ConnectDependencies,
  type FinishResult,
  findReturning,
  type StartRequest,
  type StartResult,
} from "./connect.ts";
import { connectAccount } from "./connect-account.ts";
import { isTokenTrouble } from "./token-step.ts";
import { consentUrl, getAccessToken, getAccount, getRequestToken, type Provider } from "./upstream-oauth1.ts";

/** What the two steps of connecting over OAuth 1.0a stand on. */
export type ConnectOauth1Dependencies = ConnectDependencies & { provider: Provider };

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

/** Finishes connecting: checks token, browser and age, and exchanges the verifier exactly once. */
export async function finishOauth1(
  dependencies: ConnectOauth1Dependencies,
  request: { token: string | undefined; verifier: string | undefined; browserSecret: string | undefined },
): Promise<FinishResult> {
  const { provider, authorisations } = dependencies;
  const { token = "", verifier } = request;
  const returning = await findReturning(dependencies, request.token, request.browserSecret);
  if ("result" in returning) return returning.result;
  const { begun, grant } = returning;
  if (grant.auth !== "oauth1") return { kind: "token-unknown" };
  if (verifier === undefined || !/^[\x21-\x7e]{1,200}$/.test(verifier)) return { kind: "denied", ...begun };
  if (!(await authorisations.claim(token))) return { kind: "replayed", ...begun };
  return connectAccount(dependencies, begun, {
    exchange: async () => ({
      auth: "oauth1" as const,
      token: await getAccessToken(provider, grant.requestToken, verifier),
    }),
    giveBack: () => authorisations.release(token),
    lookUp: async (credentials) => ({ account: await getAccount(provider, credentials.token), tenants: [] }),
  });
}
