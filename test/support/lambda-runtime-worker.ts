// Stands in for AWS's Node.js runtime: speaks the Lambda Runtime API (version 2018-06-01) and calls one handler.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
import { pathToFileURL } from "node:url";

const { AWS_LAMBDA_RUNTIME_API, _HANDLER = "", LAMBDA_TASK_ROOT = "" } = process.env;
const runtime = `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;

type Handler = (event: unknown, context: unknown) => unknown;

function post(path: string, body: string, headers: Record<string, string> = {}) {
  return fetch(`${runtime}${path}`, { method: "POST", body, headers });
}

function postError(path: string, thrown: unknown) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const body = { errorType: error.name, errorMessage: error.message, trace: error.stack?.split("\n") ?? [] };
  return post(path, JSON.stringify(body), { "lambda-runtime-function-error-type": error.name });
}

async function loadHandler(): Promise<Handler> {
  const [module = "", name = ""] = _HANDLER.split(".");
  const loaded = (await import(pathToFileURL(`${LAMBDA_TASK_ROOT}/${module}.mjs`).href)) as Record<string, Handler>;
  const handler = loaded[name];
  if (handler === undefined) throw new Error(`${_HANDLER} is not exported`);
  return handler;
}

async function serveOne(handler: Handler): Promise<void> {
  const next = await fetch(`${runtime}/invocation/next`);
  const header = (name: string) => next.headers.get(`lambda-runtime-${name}`) ?? "";
  const id = header("aws-request-id");
  process.env._X_AMZN_TRACE_ID = header("trace-id");
  const context = {
    awsRequestId: id,
    invokedFunctionArn: header("invoked-function-arn"),
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Number(header("deadline-ms")) - Date.now(),
  };
  try {
    const result = await handler(await next.json(), context);
    await post(`/invocation/${id}/response`, JSON.stringify(result ?? null));
  } catch (error) {
    await postError(`/invocation/${id}/error`, error);
  }
  process.stdout.write(`END RequestId: ${id}\n`);
}

try {
  const handler = await loadHandler();
  while (true) await serveOne(handler);
} catch (error) {
  await postError("/init/error", error);
  process.exit(1);
}
