import { lookup as systemLookup } from "node:dns";
import http from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import { checkUrl, isAllowedAddress, type Reach } from "./address.ts";
import type { AttemptError } from "./retry.ts";

export type PostRequest = { url: string; headers: Record<string, string>; body: string; timeoutMs: number };
export type PostAnswer = { status: number; retryAfter: string | undefined };

/** A delivery got no answer. The message names no URL: those of chats are secrets. */
export class PostError extends Error {
  override name = "PostError";
  readonly reason: AttemptError;

  constructor(reason: AttemptError, options?: ErrorOptions) {
    super(`The delivery got no answer (${reason}).`, options);
    this.reason = reason;
  }
}

/** The host name leads to an address that no webhook may reach. */
class AddressRefusedError extends Error {
  override name = "AddressRefusedError";
}

/** As `dns.lookup` with `all`: every address of a name. */
export type ResolveAll = (
  hostname: string,
  done: (error: Error | null, addresses: readonly { address: string; family: number }[]) => void,
) => void;

const resolveAll: ResolveAll = (hostname, done) =>
  systemLookup(hostname, { all: true }, (error, addresses) => done(error, addresses ?? []));

/** A receiver needs to say very little; whatever is more than this is not read. */
const maxAnswerBytes = 64 * 1024;

/**
 * Makes what sends webhooks. It sees to it itself that nothing inward is reached: a name is resolved once, every address
 * it has must be allowed, and the connection goes to one of these very addresses, so that a name which resolves to
 * something else a moment later changes nothing. Redirects are answers like any other and are not followed.
 */
export function createGuardedPost(options: { reach: Reach; resolve?: ResolveAll }) {
  const { reach, resolve = resolveAll } = options;
  const lookup: LookupFunction = (hostname, { all }, done) => {
    resolve(hostname, (error, addresses) => {
      const first = addresses[0];
      if (error !== null || first === undefined) return done(error ?? new Error("no address"), "", 0);
      if (!addresses.every(({ address }) => isAllowedAddress(address, reach))) {
        return done(new AddressRefusedError("The name has an address that is not public."), "", 0);
      }
      if (all === true) return done(null, [...addresses]);
      done(null, first.address, first.family);
    });
  };
  const agents = {
    "http:": new http.Agent({ keepAlive: true, lookup }),
    "https:": new https.Agent({ keepAlive: true, lookup }),
  };

  /**
   * Sends one delivery.
   *
   * @throws PostError with the reason why there is no answer
   */
  return function post(request: PostRequest): Promise<PostAnswer> {
    const { url: text, headers, body, timeoutMs } = request;
    const verdict = checkUrl(text, reach);
    if (!verdict.ok) return Promise.reject(new PostError("address-refused"));
    const { url } = verdict;
    const secure = url.protocol === "https:";
    return new Promise((answer, reject) => {
      const outgoing = (secure ? https : http).request(url, {
        method: "POST",
        headers: { ...headers, "content-length": String(Buffer.byteLength(body)) },
        agent: secure ? agents["https:"] : agents["http:"],
      });
      const timer = setTimeout(() => fail("timeout"), timeoutMs);
      let isOver = false;

      function fail(reason: AttemptError, cause?: unknown) {
        isOver = true;
        clearTimeout(timer);
        reject(new PostError(reason, cause === undefined ? undefined : { cause }));
        outgoing.destroy();
      }

      outgoing.on("error", (error: NodeJS.ErrnoException) => {
        // A kept connection may have been closed while nobody looked (Lambda was frozen): that says nothing of today.
        if (!isOver && outgoing.reusedSocket && error.code === "ECONNRESET") {
          clearTimeout(timer);
          return answer(post(request));
        }
        fail(reasonOf(error), error);
      });
      outgoing.on("response", (incoming) => {
        let size = 0;
        incoming.on("data", (chunk: Buffer) => {
          size += chunk.byteLength;
          if (size > maxAnswerBytes) fail("answer-too-large");
        });
        incoming.on("error", (error) => fail("unreachable", error));
        incoming.on("end", () => {
          clearTimeout(timer);
          answer({ status: incoming.statusCode ?? 0, retryAfter: incoming.headers["retry-after"] });
        });
      });
      outgoing.end(body);
    });
  };
}

export type Post = ReturnType<typeof createGuardedPost>;

function reasonOf(error: NodeJS.ErrnoException): AttemptError {
  if (error instanceof AddressRefusedError) return "address-refused";
  return /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|ERR_SSL)/.test(error.code ?? "")
    ? "tls"
    : "unreachable";
}
