import type { Context } from "../context.ts";
import { jsonAnswer } from "../http/answers.ts";
import type { Answer, Exchange, Layer } from "../http/exchange.ts";

/** Everything below it is about the sandbox, not Upwork: not counted, not limited, never spoiled by a fault. */
const root = "/_sandbox";

/** Whether a request is about the sandbox itself: such requests are not in the log either. */
export const isControlPath = (path: string) => path === root || path.startsWith(`${root}/`);

/** The control page, and the same as JSON: `GET /_sandbox/api`, `POST /_sandbox/api/<action>`. */
export const control =
  (context: Context): Layer =>
  (exchange, next) => {
    if (!isControlPath(exchange.path)) return next();
    const refusal = whyRefused(exchange);
    return refusal === undefined ? answerLazily(context, exchange) : jsonAnswer(403, { error: refusal });
  };

/** Loaded by the first who looks: most sandboxes run in tests, which start many and control none over HTTP. */
async function answerLazily(context: Context, exchange: Exchange): Promise<Answer> {
  const { answerControl } = await import("./requests.ts");
  return answerControl(context, exchange, root);
}

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
