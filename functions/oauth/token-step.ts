import { UpstreamError, type UpstreamResponse } from "../platform/upstream.ts";

/** Reserves one unit of budget and gives it back when nothing was sent; every send counts, also a token step's. */
export type Spend = (send: () => Promise<UpstreamResponse>) => Promise<UpstreamResponse>;

/** Upwork's answer to a token step cannot be used. Carries no token and no body. */
export class TokenStepError extends Error {
  override name = "TokenStepError";
  readonly status: number;
  constructor(step: string, status: number, why: string) {
    super(`Upwork's answer to the ${step} step is unusable: ${why} (HTTP ${status})`);
    this.status = status;
  }
}

/** Upwork understood a token step and says no, with a code of RFC 6749 section 5.2. Carries no token. */
export class TokenRefusedError extends Error {
  override name = "TokenRefusedError";
  /** Such as `invalid_grant`: the code or the refresh token is dead; `invalid_client`: the application's secret is wrong. */
  readonly code: string;
  constructor(step: string, code: string) {
    super(`Upwork refused the ${step} step: ${code}`);
    this.code = code;
  }
}

/** True for every way a token step can end without tokens, other than a refusal of the budget. */
export function isTokenTrouble(error: unknown): error is TokenStepError | TokenRefusedError | UpstreamError {
  return error instanceof TokenStepError || error instanceof TokenRefusedError || error instanceof UpstreamError;
}

/** True for the faults after which the same step may be tried again with the same request token or code. */
export function mayRetryTokenStep(error: unknown): boolean {
  if (error instanceof TokenStepError) return error.status >= 500 || error.status === 429 || error.status === 200;
  return error instanceof UpstreamError;
}
