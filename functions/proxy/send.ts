import { createNonce, type KeyPair, signRequest } from "../oauth/signing.ts";
import { sendUpstream, type UpstreamResponse } from "../platform/upstream.ts";
import { encodeCall, type UpstreamCall } from "./call.ts";

/** With whose key and token a call is signed. */
export type Credentials = { consumer: KeyPair; token: KeyPair };

/**
 * Signs a call anew and sends it once.
 *
 * @param upstream origin of Upwork; no other host is ever called
 * @throws UpstreamError where there is no usable answer
 */
export function sendCall(
  upstream: string,
  call: UpstreamCall,
  { consumer, token }: Credentials,
  options: { timeoutMs: number; now: number },
): Promise<UpstreamResponse> {
  const { pathAndQuery, body, signedParameters, headers } = encodeCall(call);
  const url = new URL(upstream + pathAndQuery);
  const { header } = signRequest({
    method: call.method,
    url,
    parameters: signedParameters,
    consumer,
    token,
    nonce: createNonce(),
    timestamp: Math.floor(options.now / 1000),
  });
  return sendUpstream({
    method: call.method,
    url,
    // Nothing is decompressed on the way, so the body comes back byte for byte.
    headers: { ...headers, authorization: header, "accept-encoding": "identity", "user-agent": "upwork-gateway" },
    body,
    timeoutMs: options.timeoutMs,
  });
}
