import { createHash, randomUUID } from "node:crypto";
import { createAttempts, wrongClientKeys } from "../clients/attempts.ts";
import type { Client } from "../clients/clients.ts";
import type { KeyUse } from "../clients/key-use.ts";
import type { FindOauth1Keys } from "../clients/oauth1-keys.ts";
import type { HttpRequest } from "../platform/http.ts";
import { Problem } from "../platform/problem.ts";
import { putItem, type StateTable } from "../platform/state-table.ts";
import { readSignedRequest, type SignedRequest, signedUrls } from "./oauth1-request.ts";
import { verifySignature } from "./oauth1-verify.ts";

/**
 * The door for programs that speak OAuth 1.0a to Upwork: finds the client whose keys a request is signed with, and the
 * request without its signature.
 *
 * The returned function throws Problem `signature-refused`, `timestamp-refused`, `nonce-used`, `key-refused`,
 * `key-ambiguous` or `too-many-attempts`.
 */
export type Oauth1Door = (request: HttpRequest) => Promise<{ client: Client; request: HttpRequest }>;

/** How far a client's clock may be off. */
const skewSeconds = 300;
const needed = [
  "oauth_consumer_key",
  "oauth_token",
  "oauth_signature_method",
  "oauth_timestamp",
  "oauth_nonce",
] as const;
/** Base strings are shown where they help, not where they would fill the screen. */
const maxShownLength = 2_000;
/** Whatever a stranger sends, it does not fill the log. */
const maxShownMethod = 20;
const challenge = { "www-authenticate": 'OAuth realm="upwork-gateway"' };

/** Checks timestamp, keys, signature and nonce, in this order. */
export function createOauth1Door(
  table: StateTable,
  findKeys: FindOauth1Keys,
  publicUrl: string,
  now: () => number,
  keyUse?: Pick<KeyUse, "note">,
): Oauth1Door {
  const attempts = createAttempts(wrongClientKeys, now);
  return async (request) => {
    const { sourceIp } = request;
    if (request.headers["x-api-key"] !== undefined) {
      throw new Problem("key-ambiguous", "The request is signed and carries X-Api-Key too; send one of them.");
    }
    const signed = readSignedRequest(request);
    const protocol = requireProtocol(signed);
    requireTimely(protocol.oauth_timestamp, now());
    const found = await findKeys(protocol.oauth_consumer_key, () => attempts.require(sourceIp));
    if (found === undefined || found.keys.token !== protocol.oauth_token) {
      await attempts.noteWrong(sourceIp);
      const what = found === undefined ? "consumer key" : "token";
      throw new Problem(
        "key-refused",
        `This gateway has issued no such ${what}. An admin makes a consumer and a token with POST /admin/clients/ID/oauth1-keys; Upwork's own are of no use here.`,
        { headers: challenge },
      );
    }
    const verdict = verifySignature({
      method: request.method,
      urls: signedUrls(request, publicUrl),
      request: signed,
      consumerSecret: found.keys.consumerSecret,
      tokenSecret: found.keys.tokenSecret,
    });
    if (!verdict.isValid) {
      await attempts.noteWrong(sourceIp);
      throw refused(`The signature does not match the request: ${verdict.why}.`, {
        ...(verdict.culprit === undefined ? {} : { culprit: verdict.culprit }),
        base_string: verdict.baseString.slice(0, maxShownLength),
      });
    }
    // Last, so that nobody without the secrets can use up somebody's nonces.
    await useNonce(table, protocol, now());
    keyUse?.note(protocol.oauth_consumer_key);
    return { client: found.client, request: signed.plain };
  };
}

type Protocol = Record<(typeof needed)[number], string>;

function requireProtocol(signed: SignedRequest): Protocol {
  const values = Object.fromEntries(signed.protocol) as Partial<Protocol>;
  const missing = needed.filter((name) => !values[name]);
  if (missing.length > 0 || signed.signature === "") {
    const names = [...missing, ...(signed.signature === "" ? ["oauth_signature"] : [])].join(", ");
    throw refused(
      missing.includes("oauth_token")
        ? `The request is signed without a token. The gateway has issued one with the consumer key: set it, no token step is needed. Missing: ${names}.`
        : `The signature is not complete. Missing: ${names}.`,
    );
  }
  if (values.oauth_signature_method !== "HMAC-SHA1") {
    const named = values.oauth_signature_method?.slice(0, maxShownMethod);
    throw refused(`The signature method is ${named}; Upwork's clients use HMAC-SHA1.`);
  }
  return values as Protocol;
}

function requireTimely(timestamp: string, now: number): void {
  const offBy = Number(timestamp) - Math.floor(now / 1000);
  if (/^\d{1,12}$/.test(timestamp) && Math.abs(offBy) <= skewSeconds) return;
  const direction = offBy > 0 ? "ahead" : "behind";
  throw new Problem(
    "timestamp-refused",
    /^\d{1,12}$/.test(timestamp)
      ? `The request was signed ${Math.abs(offBy)} s ${direction} of the gateway's clock; at most ${skewSeconds} s are taken. Set the caller's clock.`
      : "oauth_timestamp is no number of seconds since 1970.",
    { headers: challenge },
  );
}

/** Remembers a nonce for as long as its timestamp would be taken (RFC 5849 section 3.3). */
async function useNonce(table: StateTable, protocol: Protocol, now: number): Promise<void> {
  const { oauth_consumer_key, oauth_timestamp, oauth_nonce } = protocol;
  const used = createHash("sha256").update(`${oauth_timestamp}&${oauth_nonce}`).digest("base64url");
  const id = randomUUID();
  const isNew = await putItem(
    table,
    {
      pk: `NONCE#${oauth_consumer_key}#${used}`,
      sk: "nonce",
      id,
      expiresAt: Number(oauth_timestamp) + 2 * skewSeconds,
    },
    // A put that the SDK repeats after a lost answer finds its own id.
    {
      expression: "attribute_not_exists(pk) OR id = :id OR expiresAt < :now",
      values: { ":id": id, ":now": Math.floor(now / 1000) },
    },
  );
  if (isNew) return;
  throw new Problem(
    "nonce-used",
    "This very request was signed and sent before. Each request needs a nonce of its own; a repetition must be signed anew.",
    { headers: challenge },
  );
}

function refused(detail: string, members: Record<string, unknown> = {}): Problem {
  return new Problem("signature-refused", detail, { members, headers: challenge });
}
