import { randomBytes, timingSafeEqual } from "node:crypto";
import { Problem } from "../platform/problem.ts";
import type { Account, Tenant } from "./account.ts";
import { type Authorisation, type AuthorisationStore, requestTokenLifeMs, sha256 } from "./authorisations.ts";
import type { ConnectionStore } from "./connections.ts";
import type { Auth } from "./credentials.ts";
import type { Consent } from "./save-consent.ts";

/** What connecting stands on, over either generation. */
export type ConnectDependencies = {
  authorisations: AuthorisationStore;
  connections: Pick<ConnectionStore, "find" | "noteStarted">;
  /** Stores what a consent brought; returns the organisation that calls are made for. */
  save: (connection: string, consent: Consent) => Promise<Tenant | undefined>;
  callbackUrl: string;
  now: () => number;
};

/** What is being connected, and how: what must be said again to start again. */
export type Begun = { connection: string; auth: Auth; replace: boolean };

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
  | ({ kind: "expired" } & Begun)
  | ({ kind: "denied" } & Begun)
  | ({ kind: "replayed" } & Begun)
  | { kind: "other-account"; connection: string; auth: Auth; connected: string; offered: string }
  /** Upwork understood and said no; `code` is of RFC 6749 sections 4.1.2.1 and 5.2. */
  | ({ kind: "refused"; code: string } & Begun)
  /** There are no tokens; `mayReload` says whether the same consent may still give some. */
  | ({ kind: "upstream-trouble"; mayReload: boolean; error: unknown } & Begun)
  /** There were tokens, and nobody said whose: they are not kept. */
  | ({ kind: "owner-unknown"; error: unknown } & Begun);

/** Whether a start ended by a fault of the gateway's or of Upwork's, so that its one-time link should be good once more. */
export function ledNowhere(start: StartResult): boolean {
  const { kind } = start.kind === "finished" ? start.result : start;
  return kind === "upstream-trouble" || kind === "refused" || kind === "owner-unknown";
}

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
): Promise<{ begun: Begun; grant: Authorisation["grant"] } | { result: FinishResult }> {
  if (brought === undefined || !/^[A-Za-z0-9._~-]{1,200}$/.test(brought))
    return { result: { kind: "token-malformed" } };
  const found = await authorisations.find(brought);
  if (found === undefined) return { result: { kind: "token-unknown" } };
  if (!isSameBrowser(found.browserHash, browserSecret)) return { result: { kind: "other-browser" } };
  const { connection, grant, replace } = found;
  const begun = { connection, auth: grant.auth, replace };
  if (found.state === "used") return { result: { kind: "replayed", ...begun } };
  if (now() - found.startedAt > requestTokenLifeMs) return { result: { kind: "expired", ...begun } };
  return { begun, grant };
}

function isSameBrowser(browserHash: string, browserSecret: string | undefined): boolean {
  if (browserSecret === undefined) return false;
  return timingSafeEqual(Buffer.from(browserHash), Buffer.from(sha256(browserSecret)));
}
