import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { errorAnswer } from "./answers.ts";
import type { Answer, Exchange } from "./exchange.ts";

const maxBodyBytes = 10_000_000;

export type ServerParts = {
  now: () => number;
  /** Whether a POST or PUT without Content-Length is refused before anything else looks at it. */
  requiresLength: () => boolean;
  /** Called once for each request, as soon as its head is there. */
  onRequest: (method: string, path: string) => void;
  answer: (exchange: Exchange) => Answer | Promise<Answer>;
  /** Called once for each request that was answered. */
  onAnswer: (exchange: Exchange, answer: Answer) => void;
};

/** The HTTP core: reads a request once, lets the layers answer, sends what they say. It knows nothing of Upwork's API. */
export function createHttpServer(parts: ServerParts): Server {
  const server = createServer((request, response) => {
    serve(parts, request, response).catch(() => response.destroy());
  });
  // Whoever sends what is not HTTP gets an HTTP answer, not a dead socket.
  server.on("clientError", (_error, socket) => {
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  });
  return server;
}

async function serve(parts: ServerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const target = request.url ?? "/";
  const mark = target.indexOf("?");
  const exchange: Exchange = {
    method: request.method ?? "GET",
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? "" : target.slice(mark + 1),
    headers: request.headers,
    body: Buffer.alloc(0),
    remoteAddress: request.socket.remoteAddress ?? "",
    receivedAt: parts.now(),
    note: {},
  };
  parts.onRequest(exchange.method, exchange.path);
  const answer = await answerOf(parts, exchange, request);
  parts.onAnswer(exchange, answer);
  if (answer.deliver !== undefined) return answer.deliver(response, answer);
  // With a length the head and the body go out together; without one Node would send chunks.
  const headers = { ...answer.headers, "content-length": Buffer.byteLength(answer.body) };
  response.writeHead(answer.status, headers).end(answer.body);
}

async function answerOf(parts: ServerParts, exchange: Exchange, request: IncomingMessage): Promise<Answer> {
  const { method, path } = exchange;
  if ((method === "POST" || method === "PUT") && exchange.headers["content-length"] === undefined) {
    if (parts.requiresLength()) return lengthRequired(exchange);
  }
  const body = await readBody(request);
  if (body === undefined) {
    exchange.note.verdict = "too large";
    return { ...errorAnswer(path, 400, "Request body is too large", parts.now()), deliver: sendAndClose };
  }
  exchange.body = body;
  try {
    return await parts.answer(exchange);
  } catch (error) {
    exchange.note.verdict = "sandbox failed";
    exchange.note.explanation = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return errorAnswer(path, 500, "Internal server error", parts.now());
  }
}

/** Upwork's web tier, not its API, refuses a POST without a length, and does so in HTML (Upwork FAQ). */
function lengthRequired(exchange: Exchange): Answer {
  exchange.note.verdict = "no Content-Length";
  return {
    status: 411,
    headers: { "content-type": "text/html" },
    body: "<html><head><title>411 Length Required</title></head><body><h1>411 Length Required</h1></body></html>",
    deliver: sendAndClose,
  };
}

/** For a request whose body nobody read: the connection is of no further use. */
function sendAndClose(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, { ...answer.headers, connection: "close" }).end(answer.body);
}

/** The whole body, or `undefined` where it is larger than anything this API takes. */
function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.byteLength;
      if (size <= maxBodyBytes) chunks.push(chunk);
      else resolve(undefined);
    });
    request.on("end", () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
    request.on("error", reject);
  });
}
