import middy from "@middy/core";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { type HttpRequest, type HttpResponse, readHttpRequest, writeHttpResponse } from "./http.ts";
import { logger } from "./log.ts";
import { Problem } from "./problem.ts";

type HttpHandler = (request: HttpRequest, context: Context) => Promise<HttpResponse>;

/**
 * The stack every HTTP function stands on: request id, one access line, problem details for errors, and headers
 * that no answer goes without. Middy runs it; each middleware is one concern.
 */
export function httpFunction(handle: HttpHandler) {
  return answeringFunction<APIGatewayProxyEventV2>((event, context) => handle(readHttpRequest(event), context));
}

/** The same stack for any kind of event that is answered as a request would be. */
export function answeringFunction<Event>(handle: (event: Event, context: Context) => Promise<HttpResponse>) {
  return middy<Event, APIGatewayProxyStructuredResultV2>()
    .use(requestLog())
    .use(problemAnswers<Event>())
    .handler(async (event, context) => writeHttpResponse(await handle(event, context)));
}

/**
 * A function that EventBridge invokes on a schedule. Errors are logged and thrown, so that Lambda's own retry sees
 * them; any other event is refused, because work that nobody meant to start should not start.
 */
export function scheduledFunction<Event, Result>(handle: (event: Event, context: Context) => Promise<Result>) {
  return middy<Event, Result>()
    .use(requestLog())
    .handler((event, context) => {
      const kind = (event as { "detail-type"?: unknown } | null)?.["detail-type"];
      if (kind !== "Scheduled Event") {
        throw new Problem("event-refused", 'This function runs on a schedule and takes its "Scheduled Event" alone.');
      }
      return handle(event, context);
    });
}

function requestLog<Event, Result>(): middy.MiddlewareObj<Event, Result> {
  const startedAt = new WeakMap<object, number>();
  return {
    before: ({ event, context }) => {
      startedAt.set(context, performance.now());
      logger.resetKeys();
      logger.appendKeys({ requestId: requestIdOf(event, context), functionName: context.functionName });
    },
    after: ({ event, response, context }) => {
      const result = response as APIGatewayProxyStructuredResultV2 | undefined;
      logger.info("answered", {
        ...requestLine(event),
        ...(result?.statusCode === undefined ? {} : { status: result.statusCode }),
        ms: elapsed(startedAt, context),
      });
    },
    onError: ({ event, error, context }) => {
      if (error instanceof Problem) {
        logger.info("refused", {
          ...requestLine(event),
          problem: error.kind,
          status: error.status,
          detail: error.message,
        });
      } else {
        logger.error("failed", { ...requestLine(event), error: error ?? undefined, ms: elapsed(startedAt, context) });
      }
    },
  };
}

function problemAnswers<Event>(): middy.MiddlewareObj<Event, APIGatewayProxyStructuredResultV2> {
  return {
    after: (request) => {
      if (request.response) withRequestId(request.response, requestIdOf(request.event, request.context));
    },
    onError: (request) => {
      const problem =
        request.error instanceof Problem
          ? request.error
          : new Problem(
              "internal",
              "Something went wrong in the gateway; the log has the details under this request id.",
            );
      const id = requestIdOf(request.event, request.context);
      request.response = withRequestId(
        {
          statusCode: problem.status,
          headers: {
            "content-type": "application/problem+json",
            "cache-control": "no-store",
            "gateway-error": problem.kind,
            ...problem.headers,
          },
          body: JSON.stringify({ ...problem.toJSON(), instance: `urn:request:${id}` }),
        },
        id,
      );
    },
  };
}

function withRequestId(result: APIGatewayProxyStructuredResultV2, id: string): APIGatewayProxyStructuredResultV2 {
  result.headers = { ...result.headers, "gateway-request-id": id, "x-content-type-options": "nosniff" };
  return result;
}

function requestIdOf(event: unknown, context: Context): string {
  const id = (event as Partial<APIGatewayProxyEventV2> | undefined)?.requestContext?.requestId;
  return typeof id === "string" ? id : context.awsRequestId;
}

/** Method and path only: query strings carry verifiers and search terms, and neither belongs in a log. */
function requestLine(event: unknown): Record<string, string> {
  const http = (event as Partial<APIGatewayProxyEventV2> | undefined)?.requestContext?.http;
  return http === undefined ? {} : { method: http.method, path: http.path };
}

function elapsed(startedAt: WeakMap<object, number>, context: Context): number {
  return Math.round(performance.now() - (startedAt.get(context) ?? performance.now()));
}
