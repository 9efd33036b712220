import type { HttpResponse } from "../platform/http.ts";
import { type Html, html, page } from "../platform/page.ts";
import { type Problem, problemKinds } from "../platform/problem.ts";
import type { FinishResult, StartResult } from "./connect.ts";

/** Each way connecting can end, as a page that says what happened and what to do. No page holds a token. */
export function finishPage(result: FinishResult, requestId: string): HttpResponse {
  switch (result.kind) {
    case "connected":
      return page(
        200,
        "Connected",
        html`<section><h2>Connected as ${result.account.name}</h2><p>Connection <strong>${result.connection}</strong> now calls Upwork for ${result.account.name} (reference ${result.account.reference}). The access token is in Secrets Manager and does not expire.</p><p><a class="button" href="/">Go to the console</a></p></section>`,
      );
    case "token-malformed":
      return trouble(
        400,
        "This link is not complete",
        html`The address carries no usable request token. Start again from the console.`,
      );
    case "token-unknown":
      return trouble(
        400,
        "Unknown request token",
        html`This gateway did not start this connection, or it was started too long ago. Start again from the console.`,
      );
    case "other-browser":
      return trouble(
        400,
        "Another browser started this",
        html`Finish in the browser in which you pressed Connect, or start again here. Nothing was stored.`,
      );
    case "expired":
      return trouble(
        410,
        "Expired after 10 minutes",
        html`Upwork's request token lives 600 seconds and this one is older. Start again.`,
        result.connection,
      );
    case "denied":
      return trouble(
        200,
        "Not authorised",
        html`Upwork sent no verifier, so access was not allowed. Connection <strong>${result.connection}</strong> is as it was.`,
        result.connection,
      );
    case "replayed":
      return trouble(
        410,
        "Already used",
        html`This link has been used once and cannot be used again. If connection <strong>${result.connection}</strong> does not work, start again.`,
        result.connection,
      );
    case "other-account":
      return trouble(
        409,
        "This is another account",
        html`Connection <strong>${result.connection}</strong> belongs to ${result.connected}, and you allowed access as ${result.offered}. Nothing was changed. Connect under another name, or replace it: <a href="/oauth/start?connection=${result.connection}&amp;replace=true">replace ${result.connected} by ${result.offered}</a>.`,
      );
    case "upstream-trouble":
      return trouble(
        502,
        "Upwork did not finish the connection",
        html`Upwork's answer could not be used. Reload this page to try once more, or start again. Request id: <code>${requestId}</code>`,
        result.connection,
      );
  }
}

export function startTroublePage(result: Exclude<StartResult, { kind: "redirect" }>, requestId: string): HttpResponse {
  if (result.kind === "name-refused") {
    return trouble(
      400,
      "A connection needs a name",
      html`Open <code>/oauth/start?connection=NAME</code>; a name is lower-case letters, digits and dashes, at most 63.`,
    );
  }
  return trouble(
    502,
    "Upwork gave no request token",
    html`Upwork is unreachable, or refused the application's key. Check the consumer key and secret, then try again. Request id: <code>${requestId}</code>`,
  );
}

/** A refusal as a person in a browser can read it: the budget is used up, the application's key is missing. */
export function problemPage(problem: Problem): HttpResponse {
  const { title } = problemKinds[problem.kind];
  const answer = trouble(problem.status, title, html`${problem.message}`);
  return { ...answer, headers: { ...problem.headers, ...answer.headers, "gateway-error": problem.kind } };
}

function trouble(status: number, title: string, text: Html, connection?: string): HttpResponse {
  const again =
    connection === undefined
      ? html`<p><a class="button" href="/">Go to the console</a></p>`
      : html`<p><a class="button" href="/oauth/start?connection=${connection}">Start again</a></p>`;
  return page(status, title, html`<section><h2>${title}</h2><p>${text}</p>${again}</section>`);
}
