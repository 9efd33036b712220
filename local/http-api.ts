import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { FunctionName, Route } from "../functions/platform/names.ts";
import { decodePath, GatewayRefusal, toEvent } from "./http-events.ts";
import { type HttpAnswer, readResult } from "./http-results.ts";
import { type Handler, invoke } from "./invocations.ts";
import { closeServer, isLoopbackHost, listenOnLoopback } from "./loopback.ts";
import { matchRoute } from "./routes.ts";

export type HttpApi = { url: string; port: number; close(): Promise<void> };

/** One answer, for the line that tells of it. `path` is without the query, which may carry verifiers. */
export type AnswerLine = {
  method: string;
  path: string;
  status: number;
  ms: number;
  /** The id under which the functions log; absent where none was reached. */
  requestId: string | undefined;
};

/** API Gateway's own limit on a request: 10 MB. */
const maxBodyBytes = 10_000_000;
/** How long requests under way may take when the server stops. */
const graceMs = 5_000;
/** What is still read of a body that is too large, so that its sender hears the answer. */
const maxDrainedBytes = 100_000_000;

/**
 * Serves functions over HTTP as an API Gateway HTTP API would: its routes, its events, its limits and its own short
 * errors. Handlers may be added after the start; until then their routes answer 404.
 *
 * @param options.guarded functions that trust whoever reaches this machine, so they answer only under its own names
 * @param options.integrationTimeoutMs how long API Gateway waits for a function
 */
export async function startHttpApi(options: {
  port: number;
  routes: readonly Route[];
  handlers: Partial<Record<FunctionName, Handler>>;
  guarded?: readonly FunctionName[];
  integrationTimeoutMs?: number;
  onAnswer?: (line: AnswerLine) => void;
}): Promise<HttpApi> {
  const { routes, handlers, guarded = [], integrationTimeoutMs = 30_000, onAnswer } = options;

  async function answer(request: IncomingMessage, began: (requestId: string) => void): Promise<HttpAnswer> {
    const path = decodePath(pathOf(request));
    const match = matchRoute(routes, request.method ?? "GET", path);
    const handler = match && handlers[match.functionName];
    if (match === undefined || handler === undefined) throw new GatewayRefusal(404, "Not Found");
    if (guarded.includes(match.functionName) && !isLoopbackHost(request.headers.host)) {
      throw new GatewayRefusal(403, "Forbidden");
    }
    const event = toEvent(request, await readBody(request), match, Date.now());
    const { requestId } = event.requestContext;
    began(requestId);
    const invocation = await within(integrationTimeoutMs, invoke(handler, match.functionName, event, requestId));
    if (invocation === "too-late") throw new GatewayRefusal(503, "Service Unavailable");
    const result = invocation.kind === "answered" ? readResult(invocation.result) : undefined;
    if (result === undefined) throw new GatewayRefusal(500, "Internal Server Error");
    return { ...result, headers: [...result.headers, ["apigw-requestid", requestId]] };
  }

  const server = createServer((request, response) => {
    const startedAt = performance.now();
    let requestId: string | undefined;
    response.once("close", () => {
      const ms = Math.round(performance.now() - startedAt);
      onAnswer?.({
        method: request.method ?? "GET",
        path: pathOf(request),
        status: response.statusCode,
        ms,
        requestId,
      });
    });
    answer(request, (id) => {
      requestId = id;
    }).then(
      (result) => send(response, result),
      (error: unknown) => refuse(request, response, error),
    );
  });
  server.on("clientError", (_error, socket) => {
    // What is not HTTP gets an HTTP answer, not a dead socket.
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  });
  const port = await listenOnLoopback(server, options.port);
  return { url: `http://localhost:${port}`, port, close: () => closeServer(server, graceMs) };
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "/").split("?")[0] ?? "/";
}

function send(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  const hasBody = status !== 204 && status !== 304;
  for (const [name, value] of headers) response.setHeader(name, value);
  if (hasBody) response.setHeader("content-length", body.byteLength);
  response.writeHead(status).end(hasBody ? body : undefined);
}

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const refusal = error instanceof GatewayRefusal ? error : new GatewayRefusal(500, "Internal Server Error");
  const body = Buffer.from(JSON.stringify({ message: refusal.message }));
  send(response, { status: refusal.status, headers: [["content-type", "application/json"]], body });
  drain(request);
}

/** Reads on for a while: a server that closes while its client still sends takes the answer away with it. */
function drain(request: IncomingMessage): void {
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    size += chunk.byteLength;
    if (size > maxDrainedBytes) request.destroy();
  });
  request.on("error", () => undefined);
}

function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const tooLong = () => reject(new GatewayRefusal(413, "Request Too Long"));
    if (Number(request.headers["content-length"] ?? 0) > maxBodyBytes) return tooLong();
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.byteLength;
      if (size <= maxBodyBytes) chunks.push(chunk);
      else tooLong();
    });
    request.once("end", () => resolve(Buffer.concat(chunks)));
    request.once("error", reject);
  });
}

async function within<Result>(ms: number, work: Promise<Result>): Promise<Result | "too-late"> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<"too-late">((resolve) => {
    timer = setTimeout(() => resolve("too-late"), ms);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
