import { randomBytes, timingSafeEqual } from "node:crypto";
import { Problem } from "../platform/problem.ts";
import type { Account, Tenant } from "./account.ts";
import { type Authorisation, type AuthorisationStore, requestTokenLifeMs, sha256 } from "./authorisations.ts";
import type { Auth } from "./credentials.ts";

/** Who begins to connect what. `browserSecret` is the browser's cookie, kept when it has one: two tabs may connect. */
export type StartRequest = { connection: string; replace: boolean; browserSecret: string | undefined };

export type StartResult =
  | { kind: "redirect"; location: string; browserSecret: string }
  /** A key of the client-credentials kind needs no consent page. */
  | { kind: "finished"; result: FinishResult }
  | { kind: "name-refused" }
  | { kind: "upstream-trouble"; error: unknown };

/** Every way connecting can end. */
export type FinishResult =
  | {
      kind: "connected";
      connection: string;
      auth: Auth;
      account: Account;
      tenants: Tenant[];
      tenant?: Tenant | undefined;
    }
  | { kind: "token-malformed" }
  | { kind: "token-unknown" }
  | { kind: "other-browser" }
  | { kind: "mixed-up" }
  | { kind: "expired"; connection: string }
  | { kind: "denied"; connection: string }
  | { kind: "replayed"; connection: string }
  | { kind: "other-account"; connection: string; auth: Auth; connected: string; offered: string }
  /** Upwork understood and said no; `code` is of RFC 6749 sections 4.1.2.1 and 5.2. */
  | { kind: "refused"; connection: string; code: string }
  | { kind: "upstream-trouble"; connection: string; error: unknown };

/**
 * Which way to connect: as asked for, as the connection was connected before, or the one there is an application for.
 * With both it is OAuth 1.0a, which is what a gateway with both had first.
 *
 * @throws Problem `parameters-refused` for a way there is not
 */
export async function chooseAuth(
  asked: string | undefined,
  facts: { known: () => Promise<Auth | undefined>; configured: () => Promise<readonly Auth[]> },
): Promise<Auth> {
  if (asked === "oauth1" || asked === "oauth2") return asked;
  if (asked !== undefined) {
    throw new Problem(
      "parameters-refused",
      "The parameter auth is oauth1 or oauth2; leave it out to let the gateway choose.",
    );
  }
  return (await facts.known()) ?? (await facts.configured())[0] ?? "oauth1";
}

/** The browser's own secret where it is one of ours, else a new one. */
export function browserSecretOf(given: string | undefined): string {
  return given !== undefined && /^[A-Za-z0-9_-]{43}$/.test(given) ? given : randomBytes(32).toString("base64url");
}

/**
 * Finds the authorisation that a browser comes back with, and whether it may be finished: known, by the browser that
 * started it, not used, not too old. Nothing is taken yet.
 *
 * @param brought the request token (OAuth 1.0a) or `state` (OAuth 2.0)
 */
export async function findReturning(
  { authorisations, now }: { authorisations: AuthorisationStore; now: () => number },
  brought: string | undefined,
  browserSecret: string | undefined,
): Promise<{ found: Authorisation } | { result: FinishResult }> {
  if (brought === undefined || !/^[A-Za-z0-9._~-]{1,200}$/.test(brought))
    return { result: { kind: "token-malformed" } };
  const found = await authorisations.find(brought);
  if (found === undefined) return { result: { kind: "token-unknown" } };
  if (!isSameBrowser(found.browserHash, browserSecret)) return { result: { kind: "other-browser" } };
  const { connection } = found;
  if (found.state === "used") return { result: { kind: "replayed", connection } };
  if (now() - found.startedAt > requestTokenLifeMs) return { result: { kind: "expired", connection } };
  return { found };
}

function isSameBrowser(browserHash: string, browserSecret: string | undefined): boolean {
  if (browserSecret === undefined) return false;
  return timingSafeEqual(Buffer.from(browserHash), Buffer.from(sha256(browserSecret)));
}

/** The end of connecting over another account's connection, unless that was asked for. */
export function otherAccount(
  connection: string,
  auth: Auth,
  connected: Account | undefined,
  offered: Account,
  replace: boolean,
): FinishResult | undefined {
  // Where Upwork did not say whose account it is, there is nothing to compare.
  if (replace || !connected?.reference || !offered.reference) return undefined;
  if (connected.reference === offered.reference) return undefined;
  return { kind: "other-account", connection, auth, connected: connected.name, offered: offered.name };
}
