import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import type { FunctionName, Route } from "../functions/platform/names.ts";
import { decodePath, GatewayRefusal, matchRoute, toEvent } from "./http-events.ts";

export type Handler = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

export type HttpApi = { url: string; port: number; close(): Promise<void> };

/** API Gateway's own limits: 10 MB a request, 30 s an integration. */
const maxBodyBytes = 10_000_000;
const integrationTimeoutMs = 30_000;

/** Serves functions over HTTP as an API Gateway HTTP API would: routes, events, limits and its own short errors. */
export async function startHttpApi(options: {
  port: number;
  host: string;
  routes: readonly Route[];
  handlers: Partial<Record<FunctionName, Handler>>;
  onAnswer?: (line: { method: string; path: string; status: number; ms: number }) => void;
}): Promise<HttpApi> {
  const { routes, handlers, onAnswer } = options;
  const server = createServer((request, response) => {
    const startedAt = performance.now();
    answer(request, response)
      .catch((error: unknown) => {
        const refusal = error instanceof GatewayRefusal ? error : new GatewayRefusal(500, "Internal Server Error");
        sendOwn(response, refusal.status, refusal.message);
      })
      .finally(() => {
        // Queries may carry verifiers, so only the path is shown.
        const path = (request.url ?? "/").split("?")[0] ?? "/";
        const ms = Math.round(performance.now() - startedAt);
        onAnswer?.({ method: request.method ?? "GET", path, status: response.statusCode, ms });
      });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodePath((request.url ?? "/").split("?")[0] ?? "/");
    const match = matchRoute(routes, request.method ?? "GET", path);
    const handler = match && handlers[match.functionName];
    if (match === undefined || handler === undefined) return sendOwn(response, 404, "Not Found");
    const body = await readBody(request);
    const event = toEvent(request, body, match, Date.now());
    const result = await withTimeout(handler(event, lambdaContext(match.functionName, event.requestContext.requestId)));
    if (result === "timeout") return sendOwn(response, 503, "Service Unavailable");
    writeResult(response, result);
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function writeResult(response: ServerResponse, result: APIGatewayProxyStructuredResultV2): void {
  const body = Buffer.from(result.body ?? "", result.isBase64Encoded ? "base64" : "utf8");
  for (const [name, value] of Object.entries(result.headers ?? {})) response.setHeader(name, String(value));
  if (result.cookies !== undefined) response.setHeader("set-cookie", result.cookies);
  response.setHeader("content-length", body.byteLength);
  response.writeHead(result.statusCode ?? 200).end(body);
}

function sendOwn(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ message }));
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.byteLength;
    if (size > maxBodyBytes) throw new GatewayRefusal(413, "Request Too Long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The part of Lambda's context that functions use. */
export function lambdaContext(functionName: string, requestId: string): Context {
  const deadline = Date.now() + integrationTimeoutMs;
  return {
    awsRequestId: requestId,
    functionName,
    functionVersion: "$LATEST",
    invokedFunctionArn: `arn:aws:lambda:local:000000000000:function:${functionName}`,
    memoryLimitInMB: "512",
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: "local",
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}

async function withTimeout<Result>(work: Promise<Result>): Promise<Result | "timeout"> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<"timeout">((resolve) => {
    timer = setTimeout(() => resolve("timeout"), integrationTimeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
