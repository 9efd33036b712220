import { createHmac, randomBytes } from "node:crypto";
import { Problem } from "../platform/problem.ts";
import type { Tenant } from "./account.ts";
import { getAccountAndTenants } from "./account-oauth2.ts";
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
import type { Consent } from "./save-consent.ts";
import { isTokenTrouble, mayRetryTokenStep, TokenRefusedError } from "./token-step.ts";
import { authoriseUrl, exchangeCode, type IssuedTokens, nextTokens, type Oauth2Provider } from "./upstream-oauth2.ts";

/** What the two steps of connecting over OAuth 2.0 stand on. */
export type ConnectOauth2Dependencies = {
  provider: Oauth2Provider;
  authorisations: AuthorisationStore;
  connections: Pick<ConnectionStore, "find" | "noteStarted">;
  /** Stores what a consent brought; returns the organisation that calls are made for. */
  save: (connection: string, consent: Consent) => Promise<Tenant | undefined>;
  callbackUrl: string;
  now: () => number;
};

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
    return {
      kind: "finished",
      result: await connectWithTokens(dependencies, connection, replace, nextTokens(provider, undefined)),
    };
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

/**
 * Finishes connecting: checks state, browser, age and issuer, exchanges the code exactly once, and stores the tokens.
 * Every way it can end is a value; only the budget's refusals (a {@link Problem}) and broken stores throw.
 */
export async function finishOauth2(
  dependencies: ConnectOauth2Dependencies,
  callback: Oauth2Callback,
): Promise<FinishResult> {
  const { provider, authorisations, callbackUrl } = dependencies;
  const { state = "", code, error, iss, browserSecret = "" } = callback;
  const returning = await findReturning(dependencies, callback.state, callback.browserSecret);
  if ("result" in returning) return returning.result;
  const { connection, grant, replace } = returning.found;
  if (grant.auth !== "oauth2") return { kind: "token-unknown" };
  // Another server's answer must not reach Upwork's token endpoint, nor ours another's (RFC 9207 section 2.4).
  if (iss !== undefined && iss.replace(/\/$/, "") !== provider.origin) return { kind: "mixed-up" };
  if (error === "access_denied" || (error === undefined && code === undefined)) return { kind: "denied", connection };
  if (error !== undefined) {
    return { kind: "refused", connection, code: /^[a-z_]{1,40}$/.test(error) ? error : "unknown_error" };
  }
  if (code === undefined || !/^[\x20-\x7e]{1,1000}$/.test(code)) return { kind: "token-malformed" };
  if (!(await authorisations.claim(state))) return { kind: "replayed", connection };
  const verifier = verifierOf(browserSecret, state);
  const exchange = exchangeCode(provider, { code, redirectUri: callbackUrl, verifier }).catch(
    async (cause: unknown) => {
      // A refusal of the budget came before anything was sent, so the code is as good as before.
      if (mayRetryTokenStep(cause) || cause instanceof Problem) await authorisations.release(state);
      throw cause;
    },
  );
  return connectWithTokens(dependencies, connection, replace, exchange);
}

/** Waits for tokens, asks whose they are, and stores them. */
async function connectWithTokens(
  { provider, connections, save }: ConnectOauth2Dependencies,
  connection: string,
  replace: boolean,
  tokens: Promise<IssuedTokens>,
): Promise<FinishResult> {
  try {
    const issued = await tokens;
    const { account, tenants } = await getAccountAndTenants(provider, issued.accessToken);
    const existing = await connections.find(connection);
    const other = otherAccount(connection, "oauth2", existing?.account, account, replace);
    if (other) return other;
    const tenant = await save(connection, { issued, account, tenants });
    return {
      kind: "connected",
      connection,
      auth: "oauth2",
      account,
      tenants,
      ...(tenant === undefined ? {} : { tenant }),
    };
  } catch (error) {
    if (error instanceof TokenRefusedError) return { kind: "refused", connection, code: error.code };
    if (isTokenTrouble(error)) return { kind: "upstream-trouble", connection, error };
    throw error;
  }
}

/**
 * The PKCE verifier (RFC 7636) of one authorisation, derived from the secret that only this browser has: it is stored
 * nowhere, and no other browser's callback can redeem the code.
 */
function verifierOf(browserSecret: string, state: string): string {
  return createHmac("sha256", browserSecret).update(`pkce ${state}`).digest("base64url");
}
