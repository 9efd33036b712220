import type { Credentials } from "../oauth/credentials.ts";
import { createNonce, type KeyPair, type SignatureInput, signRequest } from "../oauth/signing.ts";

/** Makes the `Authorization` header of one request, sent at `now`: a signature over it, or the bearer token. */
export type Authorise = (request: Pick<SignatureInput, "method" | "url" | "parameters">, now: number) => string;

/**
 * How calls over a connection are authenticated: Upwork's OAuth 1.0a clients signed them, its OAuth 2.0 clients sent the
 * access token as bearer.
 *
 * @param application the OAuth 1.0a application; asked for only where a call is signed with it
 */
export async function authorisationOf(
  credentials: Credentials,
  application: () => Promise<KeyPair>,
): Promise<Authorise> {
  if (credentials.auth === "oauth2") return () => `Bearer ${credentials.accessToken}`;
  const consumer = await application();
  return (request, now) =>
    signRequest({
      ...request,
      consumer,
      token: credentials.token,
      nonce: createNonce(),
      timestamp: Math.floor(now / 1000),
    }).header;
}
