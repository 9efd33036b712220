import http from "node:http";
import https from "node:https";

/** One request to Upwork, complete: nothing is added but `Host` and `Content-Length`. */
export type UpstreamRequest = {
  method: string;
  url: URL;
  headers: Record<string, string>;
  /** Always buffered, so that `Content-Length` is always right (Upwork answers an HTML 411 without it). */
  body: Uint8Array;
  timeoutMs: number;
};

export type UpstreamResponse = { status: number; headers: http.IncomingHttpHeaders; body: Uint8Array };

export type UpstreamStage = "connect" | "send" | "answer" | "body";

/**
 * The upstream gave no usable answer. `sent` says whether any byte may have left: only when it is false may a unit
 * of budget come back.
 */
export class UpstreamError extends Error {
  override name = "UpstreamError";
  readonly reason: "timeout" | "unreachable" | "truncated" | "too-large";
  readonly stage: UpstreamStage;
  readonly sent: boolean;

  constructor(reason: UpstreamError["reason"], stage: UpstreamStage, sent: boolean, options?: ErrorOptions) {
    super(`Upstream ${reason} at stage "${stage}"`, options);
    this.reason = reason;
    this.stage = stage;
    this.sent = sent;
  }
}

/** Lambda answers with at most 6 MB, base64 takes a third more, and headers need room. */
const maxAnswerBytes = 4_400_000;

const agents = {
  "http:": new http.Agent({ keepAlive: true, maxSockets: 64 }),
  "https:": new https.Agent({ keepAlive: true, maxSockets: 64 }),
};

/** Load balancers close a connection after 60 s, which a frozen Lambda does not see; NAT gateways forget it after 350 s. */
const maxIdleMs = 50_000;
let lastSentAt = 0;

/** Closes connections that nobody uses where they may be dead without a sign: what is sent over one is lost. */
function dropIdle(now: number): void {
  if (now - lastSentAt > maxIdleMs) {
    const idle = Object.values(agents).flatMap(({ freeSockets }) => Object.values(freeSockets).flat());
    for (const socket of idle) socket?.destroy();
  }
  lastSentAt = now;
}

/**
 * Sends one request and returns the whole answer, byte for byte. Redirects are returned, never followed.
 *
 * @throws UpstreamError with the stage at which it ended
 */
export function sendUpstream(request: UpstreamRequest): Promise<UpstreamResponse> {
  dropIdle(Date.now());
  return new Promise((resolve, reject) => {
    const secure = request.url.protocol === "https:";
    let stage: UpstreamStage = "connect";
    const outgoing = (secure ? https : http).request(request.url, {
      method: request.method,
      headers: { ...request.headers, "content-length": String(request.body.byteLength) },
      agent: secure ? agents["https:"] : agents["http:"],
    });
    const timer = setTimeout(() => fail("timeout"), request.timeoutMs);

    function fail(reason: UpstreamError["reason"], cause?: unknown) {
      clearTimeout(timer);
      reject(new UpstreamError(reason, stage, stage !== "connect", cause === undefined ? undefined : { cause }));
      outgoing.destroy();
    }

    outgoing.on("socket", (socket) => {
      // A kept-alive socket is ready at once, so whatever happens now may have reached Upwork.
      if (!socket.connecting) stage = "send";
      else socket.once(secure ? "secureConnect" : "connect", () => (stage = "send"));
    });
    outgoing.on("error", (cause) => fail("unreachable", cause));
    outgoing.on("response", (incoming) => {
      stage = "body";
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on("data", (chunk: Buffer) => {
        size += chunk.byteLength;
        if (size > maxAnswerBytes) fail("too-large");
        else chunks.push(chunk);
      });
      incoming.on("error", (cause) => fail("truncated", cause));
      incoming.on("end", () => {
        if (!incoming.complete) return fail("truncated");
        clearTimeout(timer);
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) });
      });
    });
    outgoing.on("finish", () => {
      if (stage === "send") stage = "answer";
    });
    outgoing.end(request.body);
  });
}
