import { AsyncLocalStorage } from "node:async_hooks";
import type { Context } from "aws-lambda";
import { type FunctionName, functionDefinitions } from "../functions/platform/names.ts";

/** A function as Lambda calls it. */
export type Handler = (event: never, context: Context) => Promise<unknown>;

export type Invocation =
  | { kind: "answered"; result: unknown }
  /** The function threw; on AWS its caller learns no more than that. */
  | { kind: "failed"; error: unknown }
  /** It took longer than its own timeout, and Lambda would have ended it. */
  | { kind: "timed-out" };

/** Invokes a function as Lambda does: with a context, with its own time limit, and with a log context of its own. */
export async function invoke(
  handler: Handler,
  functionName: FunctionName,
  event: unknown,
  requestId: string,
): Promise<Invocation> {
  const { timeoutSeconds } = functionDefinitions[functionName];
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<Invocation>((resolve) => {
    timer = setTimeout(() => resolve({ kind: "timed-out" }), timeoutSeconds * 1000);
  });
  const work = invocationStore
    .run({}, async () => handler(event as never, lambdaContext(functionName, requestId)))
    .then(
      (result): Invocation => ({ kind: "answered", result }),
      (error: unknown): Invocation => ({ kind: "failed", error }),
    );
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** The part of Lambda's context that functions use. */
export function lambdaContext(functionName: FunctionName, requestId: string): Context {
  const { timeoutSeconds, memoryMb } = functionDefinitions[functionName];
  const deadline = Date.now() + timeoutSeconds * 1000;
  return {
    awsRequestId: requestId,
    functionName,
    functionVersion: "$LATEST",
    invokedFunctionArn: `arn:aws:lambda:local:000000000000:function:${functionName}`,
    memoryLimitInMB: String(memoryMb),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: "local",
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}

const invocationStore = new AsyncLocalStorage<Record<PropertyKey, unknown>>();

/**
 * Lets loggers keep apart what belongs to which invocation. On AWS one process serves one request at a time; here it
 * serves many, as Lambda's runtime does where a function allows that (`AWS_LAMBDA_MAX_CONCURRENCY`). Then the runtime
 * offers this store, and Powertools keeps its keys in it, so a request's log lines never carry another's id.
 */
export function offerInvocationStore(): void {
  const runtime = globalThis as { awslambda?: { InvokeStore?: unknown } };
  runtime.awslambda ??= {};
  runtime.awslambda.InvokeStore = {
    hasContext: () => invocationStore.getStore() !== undefined,
    getContext: () => invocationStore.getStore(),
    get: (key: PropertyKey) => invocationStore.getStore()?.[key],
    set(key: PropertyKey, value: unknown) {
      const store = invocationStore.getStore();
      if (store) store[key] = value;
    },
    getRequestId: () => "-",
    getXRayTraceId: () => undefined,
    getTenantId: () => undefined,
  };
}
