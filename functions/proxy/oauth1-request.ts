import type { Pair } from "../oauth/signing.ts";
import { encodePairs, percentEncode } from "../oauth/signing.ts";
import type { HttpRequest } from "../platform/http.ts";
import { Problem } from "../platform/problem.ts";
import { formType } from "./is-signed.ts";
import { decodePairs } from "./parameters.ts";

/** A request that an OAuth 1.0a client has signed, taken apart (RFC 5849 section 3.5: header, form or query). */
export type SignedRequest = {
  /** The protocol parameters, without the signature and the realm. */
  protocol: readonly Pair[];
  signature: string;
  /** What the client calls with: the query and the form, without protocol parameters. */
  query: readonly Pair[];
  form: readonly Pair[];
  /** The request as it would be without a signature. */
  plain: HttpRequest;
};

/** Whatever a stranger sends, it does not fill the log. */
const maxShownName = 100;

const isProtocol = ([name]: Pair) => name.startsWith("oauth_");

/**
 * Takes a signed request apart.
 *
 * @throws Problem `parameters-refused` for broken percent-encoding, `signature-refused` where a parameter is twice
 */
export function readSignedRequest(request: HttpRequest): SignedRequest {
  const { headers, rawQuery, body } = request;
  const hasForm = formType.test(headers["content-type"] ?? "");
  const inHeader = readHeader(headers.authorization);
  const inQuery = decodePairs(rawQuery, "query");
  const inForm = hasForm ? decodePairs(Buffer.from(body).toString("utf8"), "form body") : [];
  const all = [...inHeader, ...[...inQuery, ...inForm].filter(isProtocol)];
  // Nobody is known yet, and a form may hold half a million names.
  const seen = new Set<string>();
  for (const [name] of all) {
    if (seen.has(name)) {
      throw new Problem("signature-refused", `The request carries ${name.slice(0, maxShownName)} twice; send it once.`);
    }
    seen.add(name);
  }
  const query = inQuery.filter((pair) => !isProtocol(pair));
  const form = inForm.filter((pair) => !isProtocol(pair));
  const { authorization: _, ...others } = headers;
  return {
    protocol: all.filter(([name]) => name !== "oauth_signature"),
    signature: all.find(([name]) => name === "oauth_signature")?.[1] ?? "",
    query,
    form,
    plain: {
      ...request,
      headers: others,
      rawQuery: encodePairs(query),
      body: hasForm ? Buffer.from(encodePairs(form)) : body,
    },
  };
}

/** `OAuth realm="...",name="value",...`: separated by commas, values percent-encoded (RFC 5849 section 3.5.1). */
function readHeader(authorization: string | undefined): Pair[] {
  const list = /^OAuth\s+(.*)$/is.exec(authorization ?? "")?.[1] ?? "";
  return [...list.matchAll(/([^\s,="]+)\s*=\s*"([^"]*)"/g)]
    .map(([, name = "", value = ""]): Pair => [decode(name), decode(value)])
    .filter(([name]) => name !== "realm");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new Problem("parameters-refused", "The Authorization header holds broken percent-encoding.", { cause });
  }
}

/** Where the client may have thought it sends its request: every URL that API Gateway may have made this event of. */
export function signedUrls(request: HttpRequest, publicUrl: string): string[] {
  const { headers, path, rawPath = path } = request;
  const proto = headers["x-forwarded-proto"]?.split(",")[0]?.trim() || "https";
  const host = headers.host?.toLowerCase() ?? "";
  const origins = new Set([proto, "https", "http"].map((scheme) => `${scheme}://${withoutDefaultPort(scheme, host)}`));
  const urls = new Set<string>();
  for (const origin of origins) {
    // With the stage, as the default domain has it, and without it, as a custom domain has it.
    for (const decoded of [rawPath, path]) for (const encoded of encodings(decoded)) urls.add(origin + encoded);
  }
  // A custom domain's base path, and a proxy in front of API Gateway, are known from the configuration alone.
  for (const encoded of encodings(path)) urls.add(publicUrl + encoded);
  return [...urls];
}

function withoutDefaultPort(scheme: string, host: string): string {
  return host.replace(scheme === "https" ? /:443$/ : /:80$/, "");
}

/**
 * A path as clients encode it before they sign. API Gateway has decoded it, so it cannot be known which: strictly as
 * RFC 3986 says; with what URLs may hold left alone, as Upwork's Node client sends `~01a;~01b`; or not at all.
 */
function encodings(decodedPath: string): string[] {
  const strict = decodedPath.split("/").map(percentEncode).join("/");
  const lenient = strict.replace(/%(?:21|24|26|27|28|29|2A|2B|2C|3A|3B|3D|40)/g, decodeURIComponent);
  return [...new Set([lenient, strict, decodedPath])];
}
