import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * OAuth 1.0a as a server sees it, written from RFC 5849 and used by nobody else: a mistake made when signing must not
 * be repeated when verifying.
 */
export type Pair = readonly [name: string, value: string];

/** A request as it came over the wire. */
export type WireRequest = {
  method: string;
  /** `http://` and the Host header, lower-cased, without a default port. */
  origin: string;
  /** The request target's path, still percent-encoded. */
  path: string;
  /** The request target's query, still percent-encoded. */
  query: string;
  authorization: string | undefined;
  /** Present only for bodies of type `application/x-www-form-urlencoded`. */
  form: string | undefined;
};

/** Splits a form-encoded string into decoded pairs; `undefined` where the encoding is broken. */
export function parseForm(text: string): Pair[] | undefined {
  const pairs: Pair[] = [];
  try {
    for (const piece of text.split("&")) {
      if (piece === "") continue;
      const [name = "", ...rest] = piece.split("=");
      const decode = (part: string) => decodeURIComponent(part.replaceAll("+", "%20"));
      pairs.push([decode(name), decode(rest.join("="))]);
    }
    return pairs;
  } catch {
    return undefined;
  }
}

/** The protocol parameters of an `Authorization: OAuth` header (RFC 5849 section 3.5.1), without the realm. */
export function parseAuthorization(header: string): Pair[] {
  const match = /^OAuth\s+(.*)$/is.exec(header);
  if (match === null) return [];
  const pairs: Pair[] = [];
  for (const [, name = "", value = ""] of (match[1] ?? "").matchAll(/([^\s=,"]+)="([^"]*)"/g)) {
    if (name.toLowerCase() === "realm") continue;
    try {
      pairs.push([decodeURIComponent(name), decodeURIComponent(value)]);
    } catch {
      return [];
    }
  }
  return pairs;
}

/** Every parameter of a request: header, query and form (RFC 5849 section 3.4.1.3.1). */
export function collectParameters(request: WireRequest): Pair[] | undefined {
  const query = parseForm(request.query);
  const form = request.form === undefined ? [] : parseForm(request.form);
  if (query === undefined || form === undefined) return undefined;
  return [...parseAuthorization(request.authorization ?? ""), ...query, ...form];
}

/** Percent-encodes as RFC 5849 section 3.6 says: all but letters, digits, `-`, `.`, `_` and `~`. */
export function encode(text: string): string {
  if (/^[A-Za-z0-9\-._~]*$/.test(text)) return text;
  let encoded = "";
  for (const byte of Buffer.from(text, "utf8")) {
    const isUnreserved =
      (byte >= 0x30 && byte <= 0x39) ||
      (byte >= 0x41 && byte <= 0x5a) ||
      (byte >= 0x61 && byte <= 0x7a) ||
      byte === 0x2d ||
      byte === 0x2e ||
      byte === 0x5f ||
      byte === 0x7e;
    encoded += isUnreserved ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

/** The signature base string (RFC 5849 section 3.4.1). */
export function baseString(request: WireRequest, parameters: readonly Pair[]): string {
  const normalised = parameters
    .filter(([name]) => name !== "oauth_signature")
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .toSorted((a, b) => (a[0] === b[0] ? compare(a[1], b[1]) : compare(a[0], b[0])))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
  return [request.method.toUpperCase(), encode(request.origin + request.path), encode(normalised)].join("&");
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The key of both signature methods (RFC 5849 section 3.4.2). */
export const signingKey = (consumerSecret: string, tokenSecret: string) =>
  `${encode(consumerSecret)}&${encode(tokenSecret)}`;

/** Whether a signature is the one that these secrets give (HMAC-SHA1, RFC 5849 section 3.4.2, or PLAINTEXT, 3.4.4). */
export function isSignedBy(
  request: WireRequest,
  parameters: readonly Pair[],
  consumerSecret: string,
  tokenSecret: string,
): boolean {
  const given = parameters.find(([name]) => name === "oauth_signature")?.[1] ?? "";
  const key = signingKey(consumerSecret, tokenSecret);
  const method = parameters.find(([name]) => name === "oauth_signature_method")?.[1];
  const expected =
    method === "PLAINTEXT" ? key : createHmac("sha1", key).update(baseString(request, parameters)).digest("base64");
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}
