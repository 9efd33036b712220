import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type FunctionName, functionDefinitions } from "../../functions/platform/names.ts";

/** How an invocation ended, as Lambda tells its caller. */
export type Outcome =
  | { kind: "answered"; payload: unknown }
  | { kind: "failed"; errorType: string; errorMessage: string }
  | { kind: "timed-out" };

export type Invocation = Outcome & {
  /** Whether a new execution environment was started for it. */
  isCold: boolean;
  /** Everything the function wrote meanwhile. */
  log: string;
};

export type Lambda = {
  /** @param options.until ends the invocation, as its time limit would, once this resolves */
  invoke(event: unknown, options?: { until?: Promise<unknown> }): Promise<Invocation>;
  close(): Promise<void>;
};

type Environment = {
  process: ChildProcess;
  log: string;
  /** Answers the request for the next event that the environment is waiting with. */
  waiting: PromiseWithResolvers<ServerResponse>;
  outcome: PromiseWithResolvers<Outcome>;
};

/**
 * One deployed function as Lambda runs it: a process of its own behind the Lambda Runtime API, started at the first
 * event, used again for later ones, frozen in between (SIGSTOP), and killed at its time limit.
 *
 * @param options.folder the function's asset, with `index.mjs`
 * @param options.environment variables of the function; the process gets nothing else from here
 */
export async function startLambda(options: {
  name: FunctionName;
  folder: string;
  environment: Record<string, string>;
}): Promise<Lambda> {
  const { name, folder, environment } = options;
  const { timeoutSeconds, memoryMb } = functionDefinitions[name];
  let current: Environment | undefined;
  let count = 0;

  const server = createServer((request, response) => {
    answerRuntime(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;

  async function answerRuntime(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.replace("/2018-06-01/runtime", "") ?? "";
    if (request.method === "GET" && path === "/invocation/next") {
      current?.waiting.resolve(response);
      return;
    }
    const body = JSON.parse(await text(request));
    if (path.endsWith("/response")) current?.outcome.resolve({ kind: "answered", payload: body });
    else if (path.endsWith("/error")) current?.outcome.resolve({ kind: "failed", ...body });
    response.writeHead(202).end();
  }

  function start(): Environment {
    const child = spawn(process.execPath, [join(import.meta.dirname, "lambda-runtime-worker.ts")], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...environment,
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_LAMBDA_FUNCTION_VERSION: "1",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
        AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
        AWS_LAMBDA_LOG_STREAM_NAME: "2026/11/24/[1]0123456789abcdef",
        AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
        LAMBDA_TASK_ROOT: folder,
        _HANDLER: "index.handler",
        TZ: ":UTC",
      },
    });
    const started: Environment = {
      process: child,
      log: "",
      waiting: Promise.withResolvers(),
      outcome: Promise.withResolvers(),
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        started.log += chunk.toString();
      });
    }
    child.once("exit", () => {
      // What ends while an event is handled, Lambda reports as this.
      started.outcome.resolve({ kind: "failed", errorType: "Runtime.ExitError", errorMessage: started.log });
      started.waiting.resolve(undefined as never);
      if (current === started) current = undefined;
    });
    return started;
  }

  async function invoke(event: unknown, options: { until?: Promise<unknown> } = {}): Promise<Invocation> {
    const isCold = current === undefined;
    current ??= start();
    const environment = current;
    const id = `invocation-${++count}`;
    const from = environment.log.length;
    const next = await environment.waiting.promise;
    environment.waiting = Promise.withResolvers();
    if (next === undefined) return { ...(await environment.outcome.promise), isCold, log: environment.log };
    environment.outcome = Promise.withResolvers();
    environment.process.kill("SIGCONT");
    const end = () => {
      environment.outcome.resolve({ kind: "timed-out" });
      environment.process.kill("SIGKILL");
    };
    const timer = setTimeout(end, timeoutSeconds * 1000);
    options.until?.then(end);
    next.writeHead(200, {
      "content-type": "application/json",
      "lambda-runtime-aws-request-id": id,
      "lambda-runtime-deadline-ms": Date.now() + timeoutSeconds * 1000,
      "lambda-runtime-invoked-function-arn": `arn:aws:lambda:eu-west-1:123456789012:function:${name}:live`,
      "lambda-runtime-trace-id": `Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e70${count % 10};Parent=9a9197af755a6419;Sampled=0`,
    });
    next.end(JSON.stringify(event));
    const outcome = await environment.outcome.promise;
    clearTimeout(timer);
    if (outcome.kind === "timed-out") await once(environment.process, "exit");
    else await environment.waiting.promise;
    // Whoever waits for the next event has written all of its log; the pipe may still hold some of it.
    while (outcome.kind !== "timed-out" && !environment.log.includes(`END RequestId: ${id}`)) {
      await once(environment.process.stdout ?? environment.process, "data");
    }
    environment.process.kill("SIGSTOP");
    return { ...outcome, isCold, log: environment.log.slice(from) };
  }

  return {
    invoke,
    async close() {
      const running = current?.process;
      current = undefined;
      if (running !== undefined && running.exitCode === null) {
        running.kill("SIGKILL");
        await once(running, "exit");
      }
      server.closeAllConnections();
      server.close();
    },
  };
}
