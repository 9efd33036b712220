import type { Context } from "../context.ts";
import { htmlAnswer, jsonAnswer } from "../http/answers.ts";
import type { Answer, Exchange, Layer } from "../http/exchange.ts";
import { formOf } from "../oauth1/wire.ts";
import { act, actions, isAction, isMistake } from "./actions.ts";
import { contentSecurityPolicy, controlPage } from "./page.ts";
import { stateOf } from "./state.ts";

/** Everything below it is about the sandbox, not Upwork: not counted, not limited, never spoiled by a fault. */
const root = "/_sandbox";
const api = `${root}/api`;

/** Whether a request is about the sandbox itself: such requests are not in the log either. */
export const isControlPath = (path: string) => path === root || path.startsWith(`${root}/`);

/** The control page, and the same as JSON: `GET /_sandbox/api`, `POST /_sandbox/api/<action>`. */
export const control =
  (context: Context): Layer =>
  (exchange, next) => {
    const { path } = exchange;
    if (!isControlPath(path)) return next();
    const refusal = whyRefused(exchange);
    if (refusal !== undefined) return jsonAnswer(403, { error: refusal });
    const isApi = path === api || path.startsWith(`${api}/`);
    if (exchange.method === "GET") return isApi ? show(context, exchange) : showPage(context, exchange);
    if (exchange.method !== "POST") return jsonAnswer(405, { error: "GET shows, POST changes." });
    return isApi ? changeByJson(context, exchange) : changeByForm(context, exchange);
  };

/**
 * Whoever comes by another name than this machine's was led here by somebody's name server, and whoever posts from
 * another page was led here by that page.
 */
function whyRefused({ headers, method }: Exchange): string | undefined {
  const host = (headers.host ?? "").toLowerCase();
  if (!/^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/.test(host)) {
    return "The sandbox's control page answers to localhost only.";
  }
  if (method === "GET") return undefined;
  const { origin, "sec-fetch-site": site = "same-origin" } = headers;
  const isOwn = (origin === undefined || origin === `http://${host}`) && ["same-origin", "none"].includes(String(site));
  return isOwn ? undefined : "Another site's page cannot control the sandbox.";
}

function show(context: Context, { path }: Exchange): Answer {
  const state = stateOf(context);
  if (path === api) return jsonAnswer(200, state);
  const part = path.slice(api.length + 1);
  if (part === "actions") {
    return jsonAnswer(200, Object.fromEntries(Object.entries(actions).map(([name, { says }]) => [name, says])));
  }
  const found = Object.entries(state).find(([name]) => name === part);
  if (found !== undefined) return jsonAnswer(200, found[1]);
  return jsonAnswer(404, { error: `There is ${[...Object.keys(state), "actions"].join(", ")}.` });
}

function changeByJson(context: Context, { path, headers, body }: Exchange): Answer {
  // A page of another site could send a form here, but never JSON without asking first.
  if (!/^application\/json\b/i.test(headers["content-type"] ?? "")) {
    return jsonAnswer(415, { error: "Send JSON, with content-type application/json." });
  }
  const name = path.slice(api.length + 1);
  if (!isAction(name)) return jsonAnswer(404, { error: `The actions are ${Object.keys(actions).join(", ")}.` });
  const given = readObject(body);
  if (given === undefined) return jsonAnswer(400, { error: "Send a JSON object." });
  try {
    return jsonAnswer(200, { done: name, ...(resultOf(act(context, name, given)) ?? {}) });
  } catch (error) {
    if (!isMistake(error)) throw error;
    return jsonAnswer(400, { error: error.message });
  }
}

const resultOf = (result: unknown) => (result === undefined ? undefined : { result });

function readObject(body: Buffer): Record<string, unknown> | undefined {
  if (body.byteLength === 0) return {};
  try {
    const sent: unknown = JSON.parse(body.toString("utf8"));
    const isObject = typeof sent === "object" && sent !== null && !Array.isArray(sent);
    return isObject ? { ...sent } : undefined;
  } catch {
    return undefined;
  }
}

function showPage(context: Context, { path, query, headers }: Exchange): Answer {
  if (path !== root) return jsonAnswer(404, { error: `The page is ${root}.` });
  return pageAnswer(context, String(headers.host), new URLSearchParams(query).has("live"));
}

function changeByForm(context: Context, exchange: Exchange): Answer {
  const name = exchange.path.slice(root.length + 1);
  if (!isAction(name)) return jsonAnswer(404, { error: `The actions are ${Object.keys(actions).join(", ")}.` });
  try {
    const result = act(context, name, Object.fromEntries(new URLSearchParams(formOf(exchange) ?? "")));
    // What was issued is shown once and at once; everything else is seen on the page.
    if (name === "issue-token") return pageAnswer(context, String(exchange.headers.host), false, { issued: result });
    return { status: 303, headers: { location: root }, body: "" };
  } catch (error) {
    if (!isMistake(error)) throw error;
    return pageAnswer(context, String(exchange.headers.host), false, { mistake: error.message });
  }
}

function pageAnswer(
  context: Context,
  host: string,
  isLive: boolean,
  news: { mistake?: string; issued?: unknown } = {},
): Answer {
  const html = controlPage(stateOf(context), `http://${host}`, isLive, news);
  return htmlAnswer(news.mistake === undefined ? 200 : 400, html, {
    "cache-control": "no-store",
    "content-security-policy": contentSecurityPolicy,
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
  });
}
