import type { HttpResponse } from "../platform/http.ts";
import { type Html, html, page } from "../platform/page.ts";
import { Problem, problemKinds } from "../platform/problem.ts";
import type { Begun, FinishResult, StartResult } from "./connect.ts";

/** Each way connecting can end, as a page that says what happened and what to do. No page holds a token. */
export function finishPage(result: FinishResult, requestId: string): HttpResponse {
  switch (result.kind) {
    case "connected":
      return page(200, "Connected", connected(result));
    case "token-malformed":
      return trouble(
        400,
        "This link is not complete",
        html`The address carries no usable request token, code or state. Start again from the console.`,
      );
    case "token-unknown":
      return trouble(
        400,
        "Unknown request token or state",
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
        html`Upwork's request token lives 600 seconds, and so does a consent; this one is older. Start again.`,
        result,
      );
    case "mixed-up":
      return trouble(
        400,
        "This answer is not Upwork's",
        html`The address names another issuer than the Upwork this gateway asked (RFC 9207). Nothing was sent to it and nothing was stored. Start again from the console.`,
      );
    case "refused":
      return trouble(result.code === "invalid_grant" ? 410 : 502, "Upwork refused", refusalText(result.code), result);
    case "denied":
      return trouble(
        200,
        "Not authorised",
        html`Upwork sent no verifier and no code, so access was not allowed. Connection <strong>${result.connection}</strong> is as it was.`,
        result,
      );
    case "replayed":
      return trouble(
        410,
        "Already used",
        html`This link has been used once and cannot be used again. If connection <strong>${result.connection}</strong> does not work, start again.`,
        result,
      );
    case "other-account":
      return trouble(
        409,
        "This is another account",
        html`Connection <strong>${result.connection}</strong> belongs to ${result.connected}, and you allowed access as ${result.offered}. Nothing was changed. Connect under another name, or replace it: <a href="/oauth/start?connection=${result.connection}&amp;auth=${result.auth}&amp;replace=true">replace ${result.connected} by ${result.offered}</a>.`,
      );
    case "upstream-trouble":
      return trouble(
        502,
        "Upwork did not finish the connection",
        html`Upwork's answer could not be used. ${result.mayReload ? "Reload this page to try once more, or start again." : "Start again."} Request id: <code>${requestId}</code>`,
        result,
      );
    case "owner-unknown":
      return trouble(
        result.error instanceof Problem ? result.error.status : 502,
        "Whose account it is was not said",
        html`You allowed access, and then Upwork could not be asked whose account it is${result.error instanceof Problem ? html`: ${result.error.message}` : html`.`} Nothing was stored, and connection <strong>${result.connection}</strong> is as it was. Start again. Request id: <code>${requestId}</code>`,
        result,
      );
  }
}

/** What the codes of RFC 6749 mean for whoever connects. */
function refusalText(code: string): Html {
  switch (code) {
    case "invalid_grant":
      return html`The code that Upwork sent is used or too old, or was issued for another callback URL. Start again.`;
    case "invalid_client":
    case "unauthorized_client":
      return html`Upwork does not take the application's client id and secret (${code}), or not for this kind of grant. Compare the secret of the application with the key in Upwork's API Center: secrets are rotated there. Then start again.`;
    case "redirect_uri_mismatch":
      return html`The callback URL of this gateway is not the one registered for the key. Register it in Upwork's API Center, letter by letter.`;
    default:
      return html`Upwork's answer was <code>${code}</code>. Check the key in Upwork's API Center: callback URL, permissions, status. Then start again.`;
  }
}

function connected({ connection, auth, account, tenants, tenant }: Extract<FinishResult, { kind: "connected" }>): Html {
  const who = account.name === "" ? "an account" : account.name;
  const life =
    auth === "oauth1"
      ? html`The access token is in Secrets Manager and does not expire.`
      : html`The tokens are in Secrets Manager; the gateway refreshes them in time.`;
  const reference =
    account.reference === ""
      ? html` The key may not read whose account it is; add the permission "Common Entities - Read-Only Access" to it to see that here.`
      : html``;
  const organisations =
    tenant === undefined
      ? html``
      : html`<p>GraphQL calls are made for <strong>${tenant.name}</strong> (${tenant.id})${tenants.length > 1 ? html`, unless they name another in <code>X-Upwork-API-TenantId</code>` : html``}.</p>${
          tenants.length > 1
            ? html`<ul>${tenants.map(({ id, name }) => html`<li><span>${name}</span><code>${id}</code></li>`)}</ul>`
            : html``
        }`;
  return html`<section><h2>Connected as ${who}</h2><p>Connection <strong>${connection}</strong> now calls Upwork for ${who}${account.reference === "" ? html`` : html` (reference ${account.reference})`}. ${life}${reference}</p>${organisations}<p><a class="button" href="/">Go to the console</a></p></section>`;
}

/** Why connecting could not even begin, as a page. */
export function startTroublePage(
  result: Exclude<StartResult, { kind: "redirect" | "finished" }>,
  requestId: string,
): HttpResponse {
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

function trouble(status: number, title: string, text: Html, begun?: Begun): HttpResponse {
  const again =
    begun === undefined
      ? html`<p><a class="button" href="/">Go to the console</a></p>`
      : html`<p><a class="button" href="${startUrl(begun)}">Start again</a></p><p>If you came by a link that somebody sent you: it works once. Ask them for another.</p>`;
  return page(status, title, html`<section><h2>${title}</h2><p>${text}</p>${again}</section>`);
}

function startUrl({ connection, auth, replace }: Begun): string {
  return `/oauth/start?${new URLSearchParams({ connection, auth, ...(replace ? { replace: "true" } : {}) })}`;
}
