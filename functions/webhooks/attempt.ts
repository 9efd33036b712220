import { readRetryAfter } from "../platform/retry-after.ts";
import { shapeBody } from "./body.ts";
import { type EndpointSecrets, signingSecrets } from "./endpoint-secrets.ts";
import type { Endpoint } from "./endpoints.ts";
import { type Post, PostError } from "./guarded-post.ts";
import type { OutgoingEvent } from "./outbox.ts";
import type { AttemptError } from "./retry.ts";
import { signMessage } from "./standard-webhooks.ts";

/** What one send came to. */
export type SendResult = {
  status?: number | undefined;
  error?: AttemptError | undefined;
  retryAfterMs?: number | undefined;
};

/** Sends one event to one endpoint, once. It does not throw for what a receiver does. */
export type Send = (endpoint: Endpoint, event: OutgoingEvent) => Promise<SendResult>;

/** 2xx within this time is success (Standard Webhooks: 15 to 30 s). */
export const attemptTimeoutMs = 15_000;

/** Sends events over HTTP, signed as Standard Webhooks has it, whatever shape the body is in. */
export function createHttpSend(dependencies: {
  secrets: Pick<EndpointSecrets, "read">;
  post: Post;
  now: () => number;
  timeoutMs?: number;
}): Send {
  const { secrets, post, now, timeoutMs = attemptTimeoutMs } = dependencies;
  return async (endpoint, event) => {
    const secret = await secrets.read(endpoint.id);
    if (secret === undefined) return { error: "secret-missing" };
    const body = shapeBody(endpoint.shape, event);
    const at = now();
    const headers = {
      "user-agent": "upwork-gateway",
      ...secret.headers,
      "content-type": "application/json",
      // The id is the event's: a receiver tells by it that a repeated delivery is the same one.
      ...signMessage(signingSecrets(secret, at), { id: event.id, timestampSeconds: Math.floor(at / 1000), body }),
    };
    try {
      const { status, retryAfter } = await post({ url: endpoint.url, headers, body, timeoutMs });
      return { status, retryAfterMs: readRetryAfter(retryAfter, now()) };
    } catch (error) {
      if (error instanceof PostError) return { error: error.reason };
      throw error;
    }
  };
}
