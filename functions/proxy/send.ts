import { sendUpstream, type UpstreamResponse } from "../platform/upstream.ts";
import type { Authorise } from "./authorisation.ts";
import { encodeCall, type UpstreamCall } from "./call.ts";

/**
 * Authorises a call anew and sends it once.
 *
 * @param upstream origin of Upwork; no other host is ever called
 * @throws UpstreamError where there is no usable answer
 */
export function sendCall(
  upstream: string,
  call: UpstreamCall,
  authorise: Authorise,
  options: { timeoutMs: number; now: number },
): Promise<UpstreamResponse> {
  const { pathAndQuery, body, signedParameters, headers } = encodeCall(call);
  const url = new URL(upstream + pathAndQuery);
  const authorization = authorise({ method: call.method, url, parameters: signedParameters }, options.now);
  return sendUpstream({
    method: call.method,
    url,
    // Nothing is decompressed on the way, so the body comes back byte for byte.
    headers: { ...headers, authorization, "accept-encoding": "identity", "user-agent": "upwork-gateway" },
    body,
    timeoutMs: options.timeoutMs,
  });
}
