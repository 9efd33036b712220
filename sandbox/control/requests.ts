import type { Context } from "../context.ts";
import { htmlAnswer, jsonAnswer } from "../http/answers.ts";
import type { Answer, Exchange } from "../http/exchange.ts";
import { formOf } from "../oauth1/wire.ts";
import { act, actions, isAction, isMistake } from "./actions.ts";
import { contentSecurityPolicy, controlPage } from "./page.ts";
import { stateOf } from "./state.ts";

/** Answers a request that may control: the page and its forms below `root`, JSON below `root`/api. */
export function answerControl(context: Context, exchange: Exchange, root: string): Answer {
  const { method, path } = exchange;
  const below = path.slice(root.length + 1);
  const isApi = below === "api" || below.startsWith("api/");
  const name = isApi ? below.slice("api/".length) : below;
  if (method === "GET") return isApi ? show(context, name) : showPage(context, exchange, name);
  if (method !== "POST") return jsonAnswer(405, { error: "GET shows, POST changes." });
  return isApi ? changeByJson(context, exchange, name) : changeByForm(context, exchange, name, root);
}

function show(context: Context, part: string): Answer {
  const state = stateOf(context);
  if (part === "") return jsonAnswer(200, state);
  if (part === "actions") {
    return jsonAnswer(200, Object.fromEntries(Object.entries(actions).map(([name, { says }]) => [name, says])));
  }
  const found = Object.entries(state).find(([name]) => name === part);
  if (found !== undefined) return jsonAnswer(200, found[1]);
  return jsonAnswer(404, { error: `There is ${[...Object.keys(state), "actions"].join(", ")}.` });
}

function changeByJson(context: Context, { headers, body }: Exchange, name: string): Answer {
  // A page of another site could send a form here, but never JSON without asking first.
  if (!/^application\/json\b/i.test(headers["content-type"] ?? "")) {
    return jsonAnswer(415, { error: "Send JSON, with content-type application/json." });
  }
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

function showPage(context: Context, { query, headers }: Exchange, name: string): Answer {
  if (name !== "") return jsonAnswer(404, { error: "There is one page, and its JSON below api." });
  return pageAnswer(context, String(headers.host), new URLSearchParams(query).has("live"));
}

function changeByForm(context: Context, exchange: Exchange, name: string, root: string): Answer {
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
