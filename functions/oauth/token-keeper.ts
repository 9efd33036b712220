import { lazily } from "../platform/lazily.ts";
import { logger } from "../platform/log.ts";
import { Problem } from "../platform/problem.ts";
import { UpstreamError } from "../platform/upstream.ts";
import type { Credentials } from "./credentials.ts";
import type { Renewal, RenewalDependencies } from "./renewal.ts";
import { isSpent, isWorthReplacing } from "./renewal-rules.ts";
import { TokenRefusedError } from "./token-step.ts";

/** Credentials for calls, kept alive. */
export type TokenKeeper = {
  /**
   * What calls over this connection are signed with, or carry. A token at its end is renewed first; mostly the schedule
   * has done so long before.
   *
   * @throws Problem where there are no credentials that could work, saying what to do
   */
  credentials(name: string): Promise<Credentials>;
  /**
   * Other credentials after an upstream 401; `undefined` where there are none to be had, and the 401 must stand. To be
   * asked once a call.
   *
   * @param deadline when the call must have its answer, in ms since 1970; where a token step could not end in time, none is made
   */
  afterRefusal(name: string, refused: Credentials, deadline?: number): Promise<Credentials | undefined>;
};

/** Tokens last a day, and the schedule renews most of them: calls seldom load what it takes. */
const renew = lazily(async () => (await import("./renewal.ts")).renew);

/** Longer than a lease: whoever waits for a process that was killed still gets its turn. */
const waitMs = 16_000;
/** What a token step takes at most, and the call after it. */
const stepMs = 9_000;

/** Keeps credentials alive by renewing them where they are at their end, or were refused and are not new. */
export function createTokenKeeper(dependencies: RenewalDependencies): TokenKeeper {
  const { connections, now } = dependencies;
  return {
    async credentials(name) {
      const credentials = await connections.credentials(name);
      if (credentials.auth === "oauth1" || !isSpent(credentials, now())) return credentials;
      // Spent, but not dead: it may still do, so nothing is waited for, and nothing in the way fails the call.
      const mayStillDo = credentials.expiresAt > now();
      try {
        const renewal = await renew(dependencies, name, credentials, mayStillDo ? 0 : waitMs);
        if (renewal.kind === "renewed") return { auth: "oauth2", ...renewal.pair };
        if (!mayStillDo) throw renewalProblem(name, renewal);
      } catch (error) {
        if (!mayStillDo) throw error;
        noteNotRenewed(name, error);
      }
      return credentials;
    },
    async afterRefusal(name, refused, deadline = Number.POSITIVE_INFINITY) {
      try {
        if (refused.auth === "oauth1" || !isWorthReplacing(refused, now())) {
          // Not refused for its age; but somebody may have allowed access anew since this process read it.
          const { credentials } = await connections.stored(name);
          return isReplacedBy(refused, credentials) ? credentials : undefined;
        }
        const leftMs = deadline - now() - stepMs;
        if (leftMs < 0) return undefined;
        const renewal = await renew(dependencies, name, refused, Math.min(waitMs, leftMs));
        return renewal.kind === "renewed" ? { auth: "oauth2", ...renewal.pair } : undefined;
      } catch (error) {
        // There is an answer already; a store or a budget that is in the way of another must not lose it.
        noteNotRenewed(name, error);
        return undefined;
      }
    },
  };
}

function noteNotRenewed(connection: string, error: unknown): void {
  logger.warn("tokens not renewed", { connection, error: String(error) });
}

/** Whether other credentials of the same kind have taken the place of these; a call for one API makes no sense at another. */
function isReplacedBy(refused: Credentials, stored: Credentials): boolean {
  if (refused.auth === "oauth2") return stored.auth === "oauth2" && stored.accessToken !== refused.accessToken;
  return (
    stored.auth === "oauth1" && (stored.token.key !== refused.token.key || stored.token.secret !== refused.token.secret)
  );
}

/** Why a connection has no token that could be sent, for whoever wanted to call. */
function renewalProblem(name: string, renewal: Exclude<Renewal, { kind: "renewed" }>): Problem {
  switch (renewal.kind) {
    case "needs-reauth":
      return new Problem(
        "connection-needs-reauth",
        `Upwork takes the tokens of connection "${name}" no longer. Open /oauth/start?connection=${name} in a browser and allow access anew.`,
      );
    case "busy":
      return new Problem(
        "connection-renewing",
        `Connection "${name}" is being given new tokens, and it takes longer than usual. Nothing was sent; call again in a moment.`,
        {
          retryAfterMs: 2_000,
        },
      );
    case "failed":
      return failureProblem(name, renewal);
  }
}

function failureProblem(name: string, { error, retryAfterMs }: Extract<Renewal, { kind: "failed" }>): Problem {
  const options = { retryAfterMs, ...(error === undefined ? {} : { cause: error }) };
  if (error instanceof TokenRefusedError) {
    return new Problem(
      "application-refused",
      `Upwork gave connection "${name}" no new tokens: ${error.code}. Compare the OAuth 2.0 application's secret with the key in Upwork's API Center.`,
      options,
    );
  }
  const isTimeout = error instanceof UpstreamError && error.reason === "timeout";
  return new Problem(
    isTimeout ? "upstream-timeout" : "upstream-unreachable",
    `The token of connection "${name}" has ended, and Upwork's token endpoint gave no usable answer. It is asked again in a moment.`,
    options,
  );
}
