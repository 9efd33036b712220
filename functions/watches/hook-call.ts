import { randomBytes } from "node:crypto";
import { type HttpRequest, type HttpResponse, json } from "../platform/http.ts";
import { Problem } from "../platform/problem.ts";
import type { Behalf } from "../proxy/behalf.ts";
import { verifyMessage } from "../webhooks/standard-webhooks.ts";
import { type Action, type Hook, type HookStore, isToken, readAddress } from "./hook.ts";
import { abandoned, type HookResult, type HookResults } from "./hook-results.ts";
import { encodeValues, graphqlRequest, restRequest } from "./stored-call.ts";

export type HookDependencies = {
  hooks: Pick<HookStore, "find">;
  results: HookResults;
  /** The secrets that a hook's sender may sign with. */
  secretsOf: (hookId: string) => Promise<readonly string[]>;
  behalf: Pick<Behalf, "perform">;
  /** Runs a watch now, and says how that went. */
  runWatch: (id: string) => Promise<unknown>;
  connectionOfClient: (client: string) => Promise<string | undefined>;
  now: () => number;
  log: { error(message: string, details: Record<string, unknown>): void };
};

const maxBodyBytes = 256 * 1024;
/** Refusals before anything was done: the sender may, and should, send the same message again. */
const retryable = ["quota-exceeded", "upstream-cooldown", "budget-store-unavailable"];

/**
 * Takes one message for a hook: who may send it is known by its signature or by the address itself. A message is acted
 * on once, however often it comes.
 *
 * @param segment the last part of the address
 * @throws Problem `not-found`, `body-too-large`, `hook-refused`, and what refuses the call before it is made
 */
export async function takeMessage(
  dependencies: HookDependencies,
  segment: string,
  request: HttpRequest,
): Promise<HttpResponse> {
  const hook = await findHook(dependencies, segment);
  if (request.body.byteLength > maxBodyBytes) {
    throw new Problem("body-too-large", `The body is ${request.body.byteLength} bytes; a hook takes ${maxBodyBytes}.`);
  }
  if (hook.auth === "signature") await requireSignature(dependencies, hook, request);
  const { results, now } = dependencies;
  const resultId = `res_${randomBytes(16).toString("hex")}`;
  const messageId = request.headers["webhook-id"] || request.headers["idempotency-key"] || undefined;
  const running: HookResult = { id: resultId, hookId: hook.id, state: "running", at: now() };
  // Before the claim, so that the same message finds it, however soon it comes again.
  await results.save(running);
  const claimed = messageId === undefined ? resultId : await results.claim(hook.id, messageId, resultId);
  if (claimed !== resultId)
    return answer(200, (await results.find(claimed)) ?? abandoned({ id: claimed, hookId: hook.id, at: now() }));

  const done = await act(dependencies, hook, request.id)
    .then((outcome): HookResult => ({ ...running, state: "done", outcome }))
    .catch(async (error: unknown): Promise<HookResult> => {
      if (!(error instanceof Problem)) {
        // Nobody knows how far it came, so the message is answered for, and not asked for again.
        dependencies.log.error("hook failed", { hook: hook.id, result: resultId, error });
        return { ...running, state: "failed", outcome: unexpected(request.id) };
      }
      if (retryable.includes(error.kind)) {
        if (messageId !== undefined) await results.release(hook.id, messageId);
        throw error;
      }
      return { ...running, state: "failed", outcome: error.toJSON() };
    });
  await results.save(done);
  return waits(request.headers.prefer) ? answer(200, done) : answer(202, { ...running, state: done.state });
}

/**
 * The result of an earlier message. Its id is a secret of 128 random bits that only the sender was told.
 *
 * @throws Problem `not-found`
 */
export async function showResult({ results }: Pick<HookDependencies, "results">, id: string): Promise<HttpResponse> {
  const result = /^res_[0-9a-f]{32}$/.test(id) ? await results.find(id) : undefined;
  if (result === undefined) throw new Problem("not-found", "There is no such result, or its day is over.");
  return answer(200, result);
}

async function findHook({ hooks }: HookDependencies, segment: string): Promise<Hook> {
  const address = readAddress(segment);
  const hook = address === undefined ? undefined : await hooks.find(address.id);
  const isKnown = hook !== undefined && (hook.auth === "path" ? isToken(hook, address?.token) : !address?.token);
  if (!isKnown) throw new Problem("not-found", "There is no such hook. GET /admin/hooks lists them.");
  return hook;
}

async function requireSignature(
  { secretsOf, now }: HookDependencies,
  hook: Hook,
  { headers, body }: HttpRequest,
): Promise<void> {
  const verdict = verifyMessage(await secretsOf(hook.id), headers, body, Math.floor(now() / 1000));
  if (verdict === "valid") return;
  const why = {
    "headers-missing": "webhook-id, webhook-timestamp and webhook-signature must be there",
    "signature-wrong": "no signature fits; sign with the hook's secret as Standard Webhooks has it",
    "too-old": "its timestamp is more than five minutes old",
    "too-new": "its timestamp is more than five minutes ahead",
  }[verdict];
  throw new Problem("hook-refused", `The message is refused: ${why}.`);
}

async function act(dependencies: HookDependencies, hook: Hook, requestId: string): Promise<unknown> {
  const { behalf, runWatch, connectionOfClient } = dependencies;
  if ("watch" in hook.action) return { run: await runWatch(hook.action.watch) };
  const connection = hook.connection ?? (await connectionOfClient(hook.client)) ?? "";
  const { status, body = "" } = await behalf.perform(hook.client, requestFor(hook.action, connection, requestId));
  const text = typeof body === "string" ? body : Buffer.from(body).toString("utf8");
  return { status, body: parsed(text) };
}

type CallAction = Exclude<Action, { watch: string }>;

function requestFor(action: CallAction, connection: string, id: string): HttpRequest {
  const headers = { accept: "application/json", "connection-id": connection, prefer: "wait=5" };
  if ("graphql" in action) return graphqlRequest(action, headers, id);
  return restRequest({ ...action, body: bodyOf(action) }, headers, id);
}

function bodyOf({ json: document, form }: Pick<Exclude<CallAction, { graphql: string }>, "json" | "form">) {
  if (form !== undefined) return { type: "application/x-www-form-urlencoded", text: encodeValues(form) };
  return document === undefined ? undefined : { type: "application/json", text: JSON.stringify(document) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Whether a sender wants to wait for the result (RFC 7240): `wait`, or `wait=10`, and not `respond-async`. */
function waits(prefer = ""): boolean {
  return /(?:^|[,;])\s*wait\s*(?:=|$|[,;])/i.test(prefer) && !/respond-async/i.test(prefer);
}

function answer(status: 200 | 202, { id, state, at, outcome }: HookResult): HttpResponse {
  return json(
    status,
    { result: id, state, at: new Date(at).toISOString(), ...(outcome === undefined ? {} : { outcome }) },
    { location: `/hooks/results/${id}` },
  );
}

/** What a defect of the gateway's own is in a result: the log has more under the request's id. */
function unexpected(requestId: string): unknown {
  const problem = new Problem("internal", "Something went wrong in the gateway; its log has the details.");
  return { ...problem.toJSON(), instance: `urn:request:${requestId}` };
}
