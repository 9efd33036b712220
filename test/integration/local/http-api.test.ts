import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { afterEach, expect, test, vi } from "vitest";
import { logger } from "../../../functions/platform/log.ts";
import { httpFunction } from "../../../functions/platform/middleware.ts";
import { type Route, routes } from "../../../functions/platform/names.ts";
import { type AnswerLine, type HttpApi, startHttpApi } from "../../../local/http-api.ts";
import { type Handler, offerInvocationStore } from "../../../local/invocations.ts";

let api: HttpApi;
afterEach(async () => {
  await api.close();
  vi.unstubAllEnvs();
});

type Options = Partial<Parameters<typeof startHttpApi>[0]>;
type Answering = (event: APIGatewayProxyEventV2, context: Context) => unknown;

/** Serves one function behind the deployed routes. */
async function serve(answer: Answering, options: Options = {}): Promise<void> {
  const handler = (async (event: APIGatewayProxyEventV2, context: Context) => answer(event, context)) as Handler;
  api = await startHttpApi({ port: 0, routes, handlers: { proxy: handler, console: handler }, ...options });
}

/** Sends a request that `fetch` would not. */
function send(options: { method?: string; path: string; headers?: Record<string, string>; body?: Buffer | Buffer[] }) {
  const { method = "GET", path, headers = {}, body = [] } = options;
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
    const request = httpRequest({ host: "127.0.0.1", port: api.port, method, path, headers }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    request.on("error", reject);
    for (const chunk of [body].flat()) request.write(chunk);
    request.end();
  });
}

test("hands a request over as an event and the result back as an answer", async () => {
  let seen: { event: APIGatewayProxyEventV2; context: Context } | undefined;
  const lines: AnswerLine[] = [];
  await serve(
    (event, context) => {
      seen = { event, context };
      const body = Buffer.from([0, 255, 1]).toString("base64");
      const headers = { "content-type": "image/png", "x-answer": "1" };
      return { statusCode: 418, headers, cookies: ["a=1; Path=/", "b=2"], body, isBase64Encoded: true };
    },
    { onAnswer: (line) => lines.push(line) },
  );
  const answer = await fetch(`${api.url}/api/a%20b?q=1&q=%7e`, {
    method: "POST",
    headers: { cookie: "c=3", "content-type": "text/plain" },
    body: "hello",
  });
  expect(answer.status).toBe(418);
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(Buffer.from([0, 255, 1]));
  expect(answer.headers.getSetCookie()).toEqual(["a=1; Path=/", "b=2"]);
  expect(answer.headers.get("x-answer")).toBe("1");
  expect(seen?.event).toMatchObject({
    routeKey: "ANY /api/{path+}",
    rawPath: "/api/a b",
    rawQueryString: "q=1&q=%7e",
    queryStringParameters: { q: "1,~" },
    pathParameters: { path: "a b" },
    cookies: ["c=3"],
    body: "hello",
    isBase64Encoded: false,
    requestContext: { domainName: "localhost", http: { method: "POST", sourceIp: "127.0.0.1" } },
  });
  expect(seen?.context).toMatchObject({
    functionName: "proxy",
    awsRequestId: answer.headers.get("apigw-requestid"),
    memoryLimitInMB: "512",
  });
  // The function's own time limit, not the API's.
  expect(seen?.context.getRemainingTimeInMillis()).toBeGreaterThan(20_000);
  expect(seen?.context.getRemainingTimeInMillis()).toBeLessThanOrEqual(29_000);
  await vi.waitFor(() => expect(lines).toHaveLength(1));
  expect(lines[0]).toMatchObject({ method: "POST", path: "/api/a%20b", status: 418, requestId: expect.any(String) });
});

test("answers in API Gateway's own words where no function does", async () => {
  await serve(() => ({ statusCode: 200 }));
  const own = async (path: string, headers?: Record<string, string>) => {
    const { status, text } = await send({ path, ...(headers ? { headers } : {}) });
    return `${status} ${text}`;
  };
  expect(await own("/nowhere")).toBe('404 {"message":"Not Found"}');
  expect(await own("/budget")).toBe('404 {"message":"Not Found"}');
  expect(await own("/api/%ff")).toBe('400 {"message":"Bad Request"}');
  expect(await own("//evil.example/api/x")).toBe('400 {"message":"Bad Request"}');
  expect(await own("http://evil.example/api/x")).toBe('400 {"message":"Bad Request"}');
});

test("answers 500 for a function that throws or returns what is no answer", async () => {
  let result: () => unknown = () => {
    throw new Error("secret detail");
  };
  await serve(() => result());
  const answer = async () => {
    const { status, text } = await send({ path: "/api/x" });
    return `${status} ${text}`;
  };
  expect(await answer()).toBe('500 {"message":"Internal Server Error"}');
  result = () => ({ statusCode: 200, headers: { "x-a": "1\r\nx-b: 2" } });
  expect(await answer()).toBe('500 {"message":"Internal Server Error"}');
  result = () => ({ fine: true });
  expect(await answer()).toBe('200 {"fine":true}');
});

test("sends no body where HTTP has none", async () => {
  await serve((event) =>
    event.requestContext.http.method === "HEAD" ? { statusCode: 200, body: "hello" } : { statusCode: 204, body: "" },
  );
  expect((await send({ path: "/api/x" })).headers).not.toHaveProperty("content-length");
  expect(await send({ method: "HEAD", path: "/api/x" })).toMatchObject({
    text: "",
    headers: { "content-length": "5" },
  });
});

test.each([
  ["with a length", { "content-length": "10000001" }],
  ["in chunks", { "transfer-encoding": "chunked" }],
])("refuses a body above 10 MB %s, and the sender hears it", async (_how, headers) => {
  let invocations = 0;
  await serve(() => {
    invocations += 1;
    return { statusCode: 200 };
  });
  const chunk = Buffer.alloc(1_000_000, "x");
  const body = [...Array.from({ length: 10 }, () => chunk), Buffer.from("x")];
  const answer = await send({ method: "POST", path: "/api/x", headers, body });
  expect(answer).toMatchObject({ status: 413, text: '{"message":"Request Too Long"}' });
  expect(invocations).toBe(0);
  expect(await send({ method: "POST", path: "/api/x", body: body.slice(0, 10) })).toMatchObject({ status: 200 });
});

test("gives a function up after the API's time limit", async () => {
  let finish: (value: unknown) => void = () => undefined;
  await serve(() => new Promise((resolve) => (finish = resolve)), { integrationTimeoutMs: 20 });
  expect(await send({ path: "/api/x" })).toMatchObject({ status: 503, text: '{"message":"Service Unavailable"}' });
  finish({ statusCode: 200 });
});

test("guards functions that trust this machine against names that are not its own", async () => {
  await serve(() => ({ statusCode: 200 }), { guarded: ["console"] });
  const statusOf = async (path: string, host: string) => (await send({ path, headers: { host } })).status;
  expect(await statusOf("/", "attacker.example:4000")).toBe(403);
  expect(await statusOf("/", "localhost.attacker.example")).toBe(403);
  expect(await statusOf("/api/x", "attacker.example:4000")).toBe(200);
  for (const host of ["localhost:4000", "127.0.0.1", "[::1]:4000"]) expect(await statusOf("/", host), host).toBe(200);
});

test("answers what is not HTTP in HTTP", async () => {
  await serve(() => ({ statusCode: 200 }));
  const text = await new Promise<string>((resolve, reject) => {
    let received = "";
    const socket = connect(api.port, "127.0.0.1", () => socket.write("GET /api/a\u0001b HTTP/1.1\r\nhost: x\r\n\r\n"));
    socket.on("data", (chunk) => (received += chunk));
    socket.on("end", () => resolve(received));
    socket.on("error", reject);
  });
  expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
});

test("lets a call under way end when it stops", async () => {
  let finish: (value: unknown) => void = () => undefined;
  let began: () => void = () => undefined;
  const hasBegun = new Promise<void>((resolve) => (began = resolve));
  await serve(() => {
    began();
    return new Promise((resolve) => (finish = resolve));
  });
  const answer = send({ path: "/api/x", headers: { connection: "close" } });
  await hasBegun;
  const closed = api.close();
  finish({ statusCode: 200, body: "done" });
  expect(await answer).toMatchObject({ status: 200, text: "done" });
  await closed;
});

test("log lines of requests that run at the same time carry their own request ids", async () => {
  vi.stubEnv("AWS_LAMBDA_MAX_CONCURRENCY", "100");
  offerInvocationStore();
  const { console } = logger as unknown as { console: Console };
  const output = vi.spyOn(console, "warn").mockReturnValue();
  try {
    const release: (() => void)[] = [];
    const both = new Promise<void>((resolve) => {
      release.push(resolve);
    });
    let waiting = 0;
    const handler = httpFunction(async (request) => {
      if (++waiting === 2) release[0]?.();
      await both;
      logger.warn("in the middle", { of: request.path });
      return { status: 200 };
    });
    const slow: Route[] = [{ method: "GET", path: "/{name}", functionName: "proxy" }];
    api = await startHttpApi({ port: 0, routes: slow, handlers: { proxy: handler as unknown as Handler } });
    const [a, b] = await Promise.all([send({ path: "/a" }), send({ path: "/b" })]);
    const lines = output.mock.calls.map(([line]) => JSON.parse(String(line)) as Record<string, unknown>);
    const idOf = (path: string) => lines.find(({ of }) => of === path)?.requestId;
    expect([idOf("/a"), idOf("/b")]).toEqual([a.headers["apigw-requestid"], b.headers["apigw-requestid"]]);
    expect(idOf("/a")).not.toBe(idOf("/b"));
  } finally {
    output.mockRestore();
  }
});
