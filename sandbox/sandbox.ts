import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { demoApplication } from "./demo.ts";
import { type Endpoint, endpoints } from "./endpoints.ts";
import type { WireRequest } from "./oauth1.ts";
import { consent, type Provider, tokenStep, verify } from "./provider.ts";
import { type Application, createTokenStore, type TokenStore } from "./tokens.ts";
import { createWorld, type World } from "./world.ts";

export type SandboxOptions = {
  /** 0, the default, takes any free port. */
  port?: number;
  host?: string;
  /** The same seed gives the same world. */
  seed?: number;
  now?: () => number;
  /** Keeps access tokens over a restart. */
  dataFile?: string;
  applications?: readonly Application[];
};

export type Sandbox = {
  url: string;
  port: number;
  world: World;
  tokens: TokenStore;
  application: Application;
  /** Requests received so far, by `METHOD path`. */
  received: Map<string, number>;
  close(): Promise<void>;
};

const maxBodyBytes = 10_000_000;

/** Starts an Upwork on this machine: OAuth 1.0a and REST, strict where Upwork is strict. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const now = options.now ?? Date.now;
  const provider: Provider = {
    applications: options.applications ?? [demoApplication],
    tokens: createTokenStore(options.dataFile),
    now,
  };
  const world = createWorld(options.seed ?? 1, now());
  const received = new Map<string, number>();
  const server = createServer((request, response) => {
    serve({ provider, world, received, now }, request, response).catch((error: unknown) => {
      if (response.headersSent) return response.destroy();
      const isBroken = error instanceof BrokenRequestError;
      sendApiError(response, isBroken ? 400 : 500, isBroken ? error.message : "Internal server error", now());
    });
  });
  // Whoever sends what is not HTTP gets an HTTP answer, not a dead socket.
  server.on("clientError", (_error, socket) => {
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, options.host ?? "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}`,
    port,
    world,
    tokens: provider.tokens,
    application: provider.applications[0] ?? demoApplication,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

class BrokenRequestError extends Error {}

type Context = { provider: Provider; world: World; received: Map<string, number>; now: () => number };

async function serve(context: Context, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { provider, world, received, now } = context;
  const target = request.url ?? "/";
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? "" : target.slice(mark + 1);
  const method = request.method ?? "GET";
  received.set(`${method} ${path}`, (received.get(`${method} ${path}`) ?? 0) + 1);

  // Upwork's web tier, not its API, refuses a POST without a length, and does so in HTML (Upwork FAQ).
  if ((method === "POST" || method === "PUT") && request.headers["content-length"] === undefined) {
    const text =
      "<html><head><title>411 Length Required</title></head><body><h1>411 Length Required</h1></body></html>";
    response.writeHead(411, { "content-type": "text/html" }).end(text);
    return;
  }
  const body = await readBody(request);
  const isForm = /^application\/x-www-form-urlencoded/i.test(request.headers["content-type"] ?? "");
  const form = isForm ? body.toString("utf8") : undefined;
  if (path === "/services/api/auth") {
    const sent = form === undefined ? undefined : new URLSearchParams(form);
    return consent(provider, world, request, new URLSearchParams(query), sent, response);
  }
  const wire: WireRequest = {
    method,
    origin: `http://${(request.headers.host ?? "").toLowerCase().replace(/:80$/, "")}`,
    path,
    query,
    authorization: request.headers.authorization,
    form,
  };
  if (method === "POST" && /^\/api\/auth\/v1\/oauth\/token\/(request|access)$/.test(path)) {
    const step = tokenStep(provider, wire);
    if ("message" in step) return sendApiError(response, 401, step.message, now());
    response.writeHead(200, { "content-type": "application/x-www-form-urlencoded" }).end(step.body);
    return;
  }
  answerCall(context, wire, body, response);
}

function answerCall(
  { provider, world, now }: Context,
  wire: WireRequest,
  body: Buffer,
  response: ServerResponse,
): void {
  const verdict = verify(provider, wire, "access");
  const isReport = wire.path.startsWith("/gds/");
  if (!verdict.ok) return sendApiError(response, 401, verdict.message, now(), isReport);
  const parameters = [
    ...verdict.parameters.filter(([name]) => !name.startsWith("oauth_")),
    ...(wire.form === undefined ? jsonParameters(body) : []),
  ];
  // Most official clients send PUT and DELETE as a POST that says so.
  const override = parameters.find(([name]) => name === "http_method")?.[1]?.toUpperCase();
  const method = wire.method === "POST" && (override === "PUT" || override === "DELETE") ? override : wire.method;
  const matches = endpoints.flatMap((endpoint) => {
    const segments = match(endpoint, wire.path.replace(/\.(json|xml)$/, ""));
    return segments === undefined ? [] : [{ endpoint, segments }];
  });
  const found = matches.find(({ endpoint }) => endpoint.method === method);
  const user = world.users.find(({ id }) => id === verdict.userId);
  if (matches.length === 0) return sendApiError(response, isReport ? 500 : 404, "Wrong URL requested", now(), isReport);
  if (found === undefined) return sendApiError(response, 405, "Method not allowed", now());
  if (user === undefined) return sendApiError(response, 403, "Forbidden", now());
  const result = found.endpoint.answer({ world, user, parameters, segments: found.segments, now: now() });
  if ("error" in result) return sendApiError(response, result.error.status, result.error.message, now());
  sendJson(response, 200, {
    server_time: Math.floor(now() / 1000),
    auth_user: {
      first_name: user.firstName,
      last_name: user.lastName,
      uid: user.id,
      mail: user.email,
      timezone: user.timezone,
      timezone_offset: user.timezoneOffset,
    },
    ...result.payload,
  });
}

function match(endpoint: Endpoint, path: string): Record<string, string> | undefined {
  const [wanted, given] = [endpoint.path.split("/"), path.split("/")];
  if (wanted.length !== given.length) return undefined;
  const segments: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const actual = given[index] ?? "";
    if (part.startsWith("{")) {
      try {
        segments[part.slice(1, -1)] = decodeURIComponent(actual);
      } catch {
        return undefined;
      }
    } else if (part !== actual) return undefined;
  }
  return segments;
}

function jsonParameters(body: Buffer): [string, string][] {
  if (body.byteLength === 0) return [];
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    return [];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).map(([name, member]) => [
    name,
    typeof member === "string" ? member : JSON.stringify(member),
  ]);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.byteLength;
    if (size > maxBodyBytes) throw new BrokenRequestError("Request body is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Bare `application/json`, without a charset: Upwork's Node client parses nothing else. */
function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { ...headers, "content-type": "application/json" }).end(JSON.stringify(value));
}

function sendApiError(response: ServerResponse, status: number, message: string, now: number, isReport = false): void {
  const headers = { "x-upwork-error-code": String(status), "x-upwork-error-message": message };
  if (isReport) {
    const reason = status === 401 ? "access_denied" : "other";
    return sendJson(response, status, { version: "0.6", status: "error", errors: [{ reason, message }] }, headers);
  }
  sendJson(
    response,
    status,
    { server_time: Math.floor(now / 1000), error: { status, code: status, message } },
    headers,
  );
}
