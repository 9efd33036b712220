import type { HttpRequest, HttpResponse } from "../platform/http.ts";
import type { Behalf } from "../proxy/behalf.ts";
import type { Caller, CallForWatch } from "./fetch-items.ts";
import { graphqlRequest, restRequest } from "./stored-call.ts";
import { callKey, type WatchCall } from "./watch.ts";

/** Upwork's answer to a watch's call is none to look for items in. */
export class AnswerError extends Error {
  override name = "AnswerError";
}

/** Makes the calls of watches and reads their answers. */
export function createWatchCalls(behalf: Behalf, createId: () => string): WatchCalls {
  return {
    call: async ({ client, connection }, call) =>
      readAnswer(await behalf.perform(client, requestOf(call, connection, createId()))),
    check: ({ client, connection }, call) => behalf.check(client, requestOf(call, connection, createId())),
  };
}

export type WatchCalls = {
  call: CallForWatch;
  /** Throws what `call` would throw before it spends anything: the watch's client may not make this call, say. */
  check: (watch: Caller, call: WatchCall) => Promise<void>;
};

/**
 * Lets watches that make the same call share one answer: the first one's client pays, and the others' must be allowed to
 * make the call too. For one round of runs only, for what is new now is old in the next.
 */
export function shareCalls({ call, check }: WatchCalls): CallForWatch {
  const made = new Map<string, { by: string; answer: Promise<unknown> }>();
  const shared: CallForWatch = async (watch, request) => {
    const key = callKey({ connection: watch.connection, call: request });
    const known = made.get(key);
    if (known === undefined) {
      const answer = call(watch, request);
      made.set(key, { by: watch.client, answer });
      return answer;
    }
    if (known.by === watch.client) return known.answer;
    await check(watch, request);
    // What was refused to somebody else (his share is spent, say) is not refused to this one.
    return known.answer.catch(() => {
      if (made.get(key) === known) made.delete(key);
      return shared(watch, request);
    });
  };
  return shared;
}

function requestOf(call: WatchCall, connection: string, id: string): HttpRequest {
  const headers: Record<string, string> = {
    accept: "application/json",
    // What is in the cache has been seen; a watch wants to know what is there now. Its answer refreshes the cache.
    "cache-control": "no-cache",
    // A full second is no spent budget: it waits its turn behind people.
    prefer: "wait=10",
    "connection-id": connection,
  };
  return "path" in call
    ? restRequest({ method: "GET", path: call.path, query: call.query }, headers, id)
    : graphqlRequest(call, headers, id);
}

function readAnswer({ status, headers = {}, body = "" }: HttpResponse): unknown {
  if (status < 200 || status > 299) {
    const advice = headers["gateway-advice"];
    throw new AnswerError(`Upwork answered ${status}.${advice === undefined ? "" : ` ${advice}`}`);
  }
  const text = typeof body === "string" ? body : Buffer.from(body).toString("utf8");
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (cause) {
    // Seen at Upwork: a text about a failure, with status 200.
    throw new AnswerError(`Upwork answered ${status} with something that is not JSON.`, { cause });
  }
  const { data, errors } = (answer ?? {}) as { data?: unknown; errors?: readonly { message?: unknown }[] };
  if (Array.isArray(errors) && errors.length > 0 && (data === undefined || data === null)) {
    throw new AnswerError(`Upwork's GraphQL answered: ${String(errors[0]?.message ?? "an error").slice(0, 200)}`);
  }
  return answer;
}
