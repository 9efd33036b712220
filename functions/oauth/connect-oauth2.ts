import { createHmac, randomBytes } from "node:crypto";
import { connectionNamePattern } from "../platform/connection-name.ts";
import { getAccountAndTenants } from "./account-oauth2.ts";
import { sha256 } from "./authorisations.ts";
import {
  type Begun,
  browserSecretOf,
  type ConnectDependencies,
  type FinishResult,
  findReturning,
  type StartRequest,
  type StartResult,
} from "./connect.ts";
import { connectAccount } from "./connect-account.ts";
import type { IssuedTokens } from "./credentials.ts";
import { authoriseUrl, exchangeCode, nextTokens, type Oauth2Provider } from "./upstream-oauth2.ts";

/** What the two steps of connecting over OAuth 2.0 stand on. */
export type ConnectOauth2Dependencies = ConnectDependencies & { provider: Oauth2Provider };

/**
 * Begins to connect an account: binds a new `state` to this browser and says where to go. A key of the
 * client-credentials kind acts for its owner, so there is nobody to ask: it is connected at once.
 */
export async function startOauth2(
  dependencies: ConnectOauth2Dependencies,
  request: StartRequest,
): Promise<StartResult> {
  const { provider, authorisations, connections, callbackUrl, now } = dependencies;
  const { connection, replace } = request;
  if (!connectionNamePattern.test(connection)) return { kind: "name-refused" };
  await connections.noteStarted(connection, "oauth2");
  if (provider.application.grant === "client_credentials") {
    const begun: Begun = { connection, auth: "oauth2", replace };
    const exchange = () => nextTokens(provider, undefined);
    return { kind: "finished", result: await connect(dependencies, begun, exchange, async () => undefined) };
  }
  const state = randomBytes(32).toString("base64url");
  const browserSecret = browserSecretOf(request.browserSecret);
  await authorisations.create({
    grant: { auth: "oauth2", state },
    connection,
    browserHash: sha256(browserSecret),
    replace,
    startedAt: now(),
  });
  const verifier = verifierOf(browserSecret, state);
  return {
    kind: "redirect",
    location: authoriseUrl(provider, { redirectUri: callbackUrl, state, verifier }),
    browserSecret,
  };
}

/** What the browser brings back from the consent page (RFC 6749 section 4.1.2, RFC 9207). */
export type Oauth2Callback = {
  state: string | undefined;
  code: string | undefined;
  error: string | undefined;
  /** The issuer, where the server names itself. */
  iss: string | undefined;
  browserSecret: string | undefined;
};

/** Finishes connecting: checks state, browser, age and issuer, and exchanges the code exactly once. */
export async function finishOauth2(
  dependencies: ConnectOauth2Dependencies,
  callback: Oauth2Callback,
): Promise<FinishResult> {
  const { provider, authorisations, callbackUrl } = dependencies;
  const { state = "", code, error, iss, browserSecret = "" } = callback;
  const returning = await findReturning(dependencies, callback.state, callback.browserSecret);
  if ("result" in returning) return returning.result;
  const { begun, grant } = returning;
  if (grant.auth !== "oauth2") return { kind: "token-unknown" };
  // Another server's answer must not reach Upwork's token endpoint, nor ours another's (RFC 9207 section 2.4).
  if (iss !== undefined && iss.replace(/\/$/, "") !== provider.origin) return { kind: "mixed-up" };
  if (error === "access_denied" || (error === undefined && code === undefined)) return { kind: "denied", ...begun };
  if (error !== undefined) {
    return { kind: "refused", ...begun, code: /^[a-z_]{1,40}$/.test(error) ? error : "unknown_error" };
  }
  if (code === undefined || !/^[\x20-\x7e]{1,1000}$/.test(code)) return { kind: "token-malformed" };
  if (!(await authorisations.claim(state))) return { kind: "replayed", ...begun };
  const verifier = verifierOf(browserSecret, state);
  const exchange = () => exchangeCode(provider, { code, redirectUri: callbackUrl, verifier });
  return connect(dependencies, begun, exchange, () => authorisations.release(state));
}

function connect(
  dependencies: ConnectOauth2Dependencies,
  begun: Begun,
  exchange: () => Promise<IssuedTokens>,
  giveBack: () => Promise<void>,
): Promise<FinishResult> {
  return connectAccount(dependencies, begun, {
    exchange: async () => ({ auth: "oauth2" as const, ...(await exchange()) }),
    giveBack,
    lookUp: ({ accessToken }) => getAccountAndTenants(dependencies.provider, accessToken),
  });
}

/**
 * The PKCE verifier (RFC 7636) of one authorisation, derived from the secret that only this browser has: it is stored
 * nowhere, and no other browser's callback can redeem the code.
 */
function verifierOf(browserSecret: string, state: string): string {
  return createHmac("sha256", browserSecret).update(`pkce ${state}`).digest("base64url");
}
