import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** Signatures as Standard Webhooks 1.0.0 has them: HMAC-SHA256 over `id.timestamp.body`, any number of them. */
export type WebhookHeaders = { "webhook-id": string; "webhook-timestamp": string; "webhook-signature": string };

/** A receiver refuses what is older or newer than this (Standard Webhooks, "Verifying webhook authenticity"). */
const toleranceSeconds = 300;

/** A new secret: 256 random bits behind the prefix that secret scanners know. */
export function createSigningSecret(random: (bytes: number) => Buffer = randomBytes): string {
  return `whsec_${random(32).toString("base64")}`;
}

/** Whether a text is a signing secret of 24 to 64 bytes, as the specification asks. */
export function isSigningSecret(text: string): boolean {
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1];
  if (encoded === undefined) return false;
  const { byteLength } = Buffer.from(encoded, "base64");
  return byteLength >= 24 && byteLength <= 64;
}

/**
 * The three headers of a message, with one signature for each secret, so that a receiver who knows the old one or the
 * new one of a rotation can verify it.
 */
export function signMessage(
  secrets: readonly string[],
  message: { id: string; timestampSeconds: number; body: string | Uint8Array },
): WebhookHeaders {
  return {
    "webhook-id": message.id,
    "webhook-timestamp": String(message.timestampSeconds),
    "webhook-signature": secrets.map((secret) => `v1,${signature(secret, message)}`).join(" "),
  };
}

export type Verdict = "valid" | "headers-missing" | "signature-wrong" | "too-old" | "too-new";

/** Verifies a message that somebody else signed. Every comparison takes the same time. */
export function verifyMessage(
  secrets: readonly string[],
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  nowSeconds: number,
): Verdict {
  const id = headers["webhook-id"];
  const timestamp = headers["webhook-timestamp"];
  const given = headers["webhook-signature"];
  if (!id || !timestamp || !given || !/^\d{1,12}$/.test(timestamp)) return "headers-missing";
  const timestampSeconds = Number(timestamp);
  const expected = secrets.map((secret) => Buffer.from(signature(secret, { id, timestampSeconds, body })));
  let isSigned = false;
  for (const part of given.split(" ").slice(0, 10)) {
    const found = Buffer.from(part.startsWith("v1,") ? part.slice(3) : "");
    for (const known of expected) {
      if (found.byteLength === known.byteLength && timingSafeEqual(found, known)) isSigned = true;
    }
  }
  if (!isSigned) return "signature-wrong";
  if (timestampSeconds < nowSeconds - toleranceSeconds) return "too-old";
  return timestampSeconds > nowSeconds + toleranceSeconds ? "too-new" : "valid";
}

function signature(
  secret: string,
  { id, timestampSeconds, body }: { id: string; timestampSeconds: number; body: string | Uint8Array },
): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  return createHmac("sha256", key).update(`${id}.${timestampSeconds}.`).update(body).digest("base64");
}
