import { createHash } from "node:crypto";
import { escapeHtml } from "../page.ts";
import { calls, clock, connect, counters, faults, keys, limits, switches, tokens } from "./sections.ts";
import type { State } from "./state.ts";
import { style } from "./style.ts";

/** Nothing but this page's own style, and forms that stay here. */
export const contentSecurityPolicy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`;

/** What the last form has to say. */
type News = { mistake?: string; issued?: unknown };

/**
 * The whole page. It needs no script: every button is a form.
 *
 * @param origin where the browser reached it
 * @param isLive whether it loads itself anew every few seconds
 */
export function controlPage(state: State, origin: string, isLive: boolean, news: News): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
${isLive ? '<meta http-equiv="refresh" content="3">' : ""}<link rel="icon" href="data:,"><title>Sandbox</title><style>${style}</style></head>
<body><main>
<header><h1>The sandbox</h1><code>${escapeHtml(origin)}</code>
<span class="soft">An Upwork on this machine. Everybody here is invented.</span>
<a href="/_sandbox${isLive ? "" : "?live"}">${isLive ? "Stop watching" : "Watch live"}</a> <a href="/_sandbox/api">As JSON</a></header>
${newsOf(news)}
${calls(state)}
${connect(state, origin)}
${clock(state)}
${faults(state)}
${limits(state)}
${counters(state)}
${keys(state)}
${tokens(state)}
${switches(state)}
</main></body></html>`;
}

function newsOf({ mistake, issued }: News): string {
  if (mistake !== undefined) {
    return `<section class="news bad" role="alert"><h2>Nothing was changed</h2>${escapeHtml(mistake)}</section>`;
  }
  if (issued === undefined) return "";
  return `<section class="news" role="status"><h2>A token was issued</h2><pre>${escapeHtml(JSON.stringify(issued, null, 2))}</pre></section>`;
}
