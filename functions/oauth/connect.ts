import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Problem } from "../platform/problem.ts";
import { UpstreamError } from "../platform/upstream.ts";
import { type AuthorisationStore, requestTokenLifeMs, sha256 } from "./authorisations.ts";
import { type ConnectionStore, connectionNamePattern } from "./connections.ts";
import {
  type Account,
  consentUrl,
  getAccessToken,
  getAccount,
  getRequestToken,
  mayRetryTokenStep,
  type Provider,
  TokenStepError,
} from "./upstream-oauth1.ts";

/** What the two steps of connecting stand on. */
export type ConnectDependencies = {
  provider: Provider;
  authorisations: AuthorisationStore;
  connections: ConnectionStore;
  callbackUrl: string;
  now: () => number;
};

export type StartResult =
  | { kind: "redirect"; location: string; browserSecret: string }
  | { kind: "name-refused" }
  | { kind: "upstream-trouble"; error: unknown };

/**
 * Begins to connect an account: gets a request token, binds it to this browser, and says where to go.
 * `browserSecret` is the browser's cookie, kept when it already has one, so that two tabs can connect at once.
 */
export async function startConnecting(
  { provider, authorisations, connections, callbackUrl, now }: ConnectDependencies,
  request: { connection: string; replace: boolean; browserSecret: string | undefined },
): Promise<StartResult> {
  if (!connectionNamePattern.test(request.connection)) return { kind: "name-refused" };
  try {
    const requestToken = await getRequestToken(provider, callbackUrl);
    const known = request.browserSecret !== undefined && /^[A-Za-z0-9_-]{43}$/.test(request.browserSecret);
    const browserSecret =
      known && request.browserSecret ? request.browserSecret : randomBytes(32).toString("base64url");
    await connections.noteStarted(request.connection, "oauth1");
    await authorisations.create({
      requestToken,
      connection: request.connection,
      browserHash: sha256(browserSecret),
      replace: request.replace,
      startedAt: now(),
    });
    return { kind: "redirect", location: consentUrl(provider.origin, requestToken.key), browserSecret };
  } catch (error) {
    if (error instanceof TokenStepError || error instanceof UpstreamError) return { kind: "upstream-trouble", error };
    throw error;
  }
}

export type FinishResult =
  | { kind: "connected"; connection: string; account: Account }
  | { kind: "token-malformed" }
  | { kind: "token-unknown" }
  | { kind: "other-browser" }
  | { kind: "expired"; connection: string }
  | { kind: "denied"; connection: string }
  | { kind: "replayed"; connection: string }
  | { kind: "other-account"; connection: string; connected: string; offered: string }
  | { kind: "upstream-trouble"; connection: string; error: unknown };

/**
 * Finishes connecting: checks token, browser and age, exchanges the verifier exactly once, and stores the access
 * token. Every way it can end is a value; only the budget's refusals (a {@link Problem}) and broken stores throw.
 */
export async function finishConnecting(
  dependencies: ConnectDependencies,
  request: { token: string | undefined; verifier: string | undefined; browserSecret: string | undefined },
): Promise<FinishResult> {
  const { provider, authorisations, connections, now } = dependencies;
  if (request.token === undefined || !/^[A-Za-z0-9._~-]{1,200}$/.test(request.token))
    return { kind: "token-malformed" };
  const found = await authorisations.find(request.token);
  if (found === undefined) return { kind: "token-unknown" };
  if (!isSameBrowser(found.browserHash, request.browserSecret)) return { kind: "other-browser" };
  const { connection } = found;
  if (found.state === "used") return { kind: "replayed", connection };
  if (now() - found.startedAt > requestTokenLifeMs) return { kind: "expired", connection };
  if (request.verifier === undefined || !/^[\x21-\x7e]{1,200}$/.test(request.verifier))
    return { kind: "denied", connection };
  if (!(await authorisations.claim(request.token))) return { kind: "replayed", connection };

  let accessToken: Awaited<ReturnType<typeof getAccessToken>>;
  try {
    accessToken = await getAccessToken(provider, found.requestToken, request.verifier);
  } catch (error) {
    if (mayRetryTokenStep(error) || isRefusal(error)) await authorisations.release(request.token);
    if (error instanceof TokenStepError || error instanceof UpstreamError) {
      return { kind: "upstream-trouble", connection, error };
    }
    throw error;
  }
  let account: Account;
  try {
    account = await getAccount(provider, accessToken);
  } catch (error) {
    if (error instanceof TokenStepError || error instanceof UpstreamError) {
      return { kind: "upstream-trouble", connection, error };
    }
    throw error;
  }
  const existing = await connections.find(connection);
  if (existing?.account && existing.account.reference !== account.reference && !found.replace) {
    return { kind: "other-account", connection, connected: existing.account.name, offered: account.name };
  }
  await connections.save(connection, { auth: "oauth1", token: accessToken }, account, now());
  return { kind: "connected", connection, account };
}

function isSameBrowser(browserHash: string, browserSecret: string | undefined): boolean {
  if (browserSecret === undefined) return false;
  return timingSafeEqual(Buffer.from(browserHash), Buffer.from(sha256(browserSecret)));
}

/** The budget refused before anything was sent, so the request token is as good as before. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === "Problem";
}
