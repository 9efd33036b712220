import type { BudgetSnapshot } from "../budget/ledger.ts";
import type { Connection } from "../oauth/connections.ts";
import type { HttpResponse } from "../platform/http.ts";
import { type Html, html, page } from "../platform/page.ts";
import type { Watch } from "../watches/watch.ts";
import type { WatchState } from "../watches/watch-state.ts";
import { type DeadDelivery, deadSection } from "./dead-deliveries.ts";
import { watchesSection } from "./watches-section.ts";

const number = new Intl.NumberFormat("en");

export type ConsoleView = {
  publicUrl: string;
  upstream: string;
  connections: readonly Connection[];
  budget: BudgetSnapshot;
  watches: readonly { watch: Watch; state: WatchState }[];
  dead: readonly DeadDelivery[];
  /** Present where there is somebody to log out. */
  canLogOut: boolean;
};

/** The one page: connections, budget, watches, what nobody got, and the next commands to paste. */
export function consolePage(view: ConsoleView): HttpResponse {
  const { publicUrl, upstream, connections, budget, watches, dead, canLogOut } = view;
  return page(
    200,
    "Console",
    html`${gateNotice(budget)}
<section><h2>Connections</h2>
${connections.length === 0 ? html`<p class="soft">No account is connected yet. Give the connection a name and allow access at Upwork.</p>` : html`<ul>${connections.map(connectionRow)}</ul>`}
<form class="row" action="/oauth/start" method="get"><input name="connection" aria-label="Name of the new connection" placeholder="name, for example demo" pattern="[a-z0-9][a-z0-9\\-]*" maxlength="63" required><select name="auth" aria-label="Which API"><option value="">the API there is a key for</option><option value="oauth2">GraphQL (OAuth 2.0)</option><option value="oauth1">REST (OAuth 1.0a)</option></select><button>Connect</button></form>
</section>
<section><h2>Budget</h2>${budget.limits.map(
      (limit) =>
        html`<div class="limit"><span><strong>${limit.name}</strong><span>${number.format(limit.left)} of ${number.format(limit.quota)} left</span></span><progress max="${limit.quota}" value="${limit.used}" aria-label="${limit.name}: ${limit.used} of ${limit.quota} used"></progress></div>`,
    )}<p class="soft">Bars show what is used. Every client, retry and token exchange counts.</p></section>
${watchesSection(watches)}
${deadSection(dead)}
<section><h2>Next commands</h2>
<pre>export UGW_KEY=ugw_...   # the client key you were given</pre>
<pre>curl -H "Authorization: Bearer $UGW_KEY" "${publicUrl}/api/profiles/v2/search/jobs?q=node+js"</pre>
<pre>curl -H "Authorization: Bearer $UGW_KEY" ${publicUrl}/budget</pre>
<p class="soft">Calls go to ${upstream}.</p></section>
${canLogOut ? html`<form action="/logout" method="post"><button>Log out</button></form>` : html``}`,
    // The start of a connection redirects to Upwork, and browsers hold a form's redirects to the policy as well.
    undefined,
    `'self' ${upstream}`,
  );
}

function connectionRow({ name, auth, status, account, tenant, tenants = [] }: Connection): Html {
  const link = (text: string) => html`<a class="button" href="/oauth/start?connection=${name}">${text}</a>`;
  if (status === "started") {
    return html`<li><span><strong>${name}</strong> <span class="badge">not connected</span></span>${link("Connect")}</li>`;
  }
  const badge =
    status === "connected"
      ? html`<span class="badge">connected</span>`
      : html`<span class="badge warn">needs a new consent</span>`;
  const organisation = tenants.find(({ id }) => id === tenant);
  const api = auth === "oauth1" ? "REST" : `GraphQL${organisation === undefined ? "" : `, for ${organisation.name}`}`;
  return html`<li><span><strong>${name}</strong> ${badge}<br><span class="soft">${[account?.name, api].filter(Boolean).join(" · ")}</span></span>${link("Reconnect")}</li>`;
}

function gateNotice({ gate }: BudgetSnapshot): Html {
  if (gate.state === "open") return html``;
  return gate.state === "closed"
    ? html`<section><p class="warn">Upwork answered 429. All calls pause for ${Math.ceil(gate.retryAfterMs / 1000)} s more.</p></section>`
    : html`<section><p class="warn">Upwork disabled the application's key. Settle it with Upwork, then reopen the gate.</p></section>`;
}

/** The form for the admin key; 401 says that the last one was wrong. */
export function loginPage(status: 200 | 401): HttpResponse {
  const notice = status === 401 ? html`<p class="warn">That is not the admin key.</p>` : html``;
  return page(
    status,
    "Log in",
    html`<section><h2>Admin key</h2><p>The key is in Secrets Manager, under the stage's prefix, as <code>admin-key</code>.</p>${notice}<form class="row" action="/login" method="post"><input type="password" name="key" aria-label="Admin key" autocomplete="current-password" required><button>Log in</button></form></section>`,
  );
}
