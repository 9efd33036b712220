import { type Html, html } from "../platform/page.ts";
import type { Delivery, DeliveryStore } from "../webhooks/deliveries.ts";
import type { Endpoint } from "../webhooks/endpoints.ts";
import { moment } from "./moment.ts";

type Shown = Pick<Endpoint, "id" | "name" | "state">;

export type DeadDelivery = { endpoint: Shown; delivery: Delivery };

/** So many of the newest deliveries of an endpoint are looked through, and so many dead ones are shown. */
const looked = 200;
const shown = 10;

/** The newest deliveries that were given up, of all endpoints together. */
export async function findDead(
  deliveries: Pick<DeliveryStore, "page">,
  endpoints: readonly Shown[],
): Promise<DeadDelivery[]> {
  const dead = await Promise.all(
    endpoints.map(async (endpoint) => {
      const page = await deliveries.page(endpoint.id, { status: "dead" }, looked);
      return page.deliveries.map((delivery) => ({ endpoint, delivery }));
    }),
  );
  return dead
    .flat()
    .toSorted((a, b) => b.delivery.eventAt - a.delivery.eventAt)
    .slice(0, shown);
}

/** What nobody got, why, and how to send it again. */
export function deadSection(dead: readonly DeadDelivery[]): Html {
  return html`<section><h2>Dead deliveries</h2>
${dead.length === 0 ? html`<p class="soft">None among the newest ${looked} of each webhook.</p>` : html`<ul>${dead.map(deadRow)}</ul>${replays(dead)}`}</section>`;
}

function deadRow({ endpoint, delivery }: DeadDelivery): Html {
  const last = delivery.attempts.at(-1);
  const facts = [
    moment(delivery.eventAt),
    `${delivery.tries} ${delivery.tries === 1 ? "try" : "tries"}`,
    last === undefined ? "" : `the last: ${last.status ?? last.error ?? "no answer"}`,
  ];
  return html`<li><span><strong>${endpoint.name}</strong> <span class="badge warn">${delivery.eventType}</span><br><span class="soft">${facts.filter(Boolean).join(" · ")}</span></span></li>`;
}

function replays(dead: readonly DeadDelivery[]): Html {
  const endpoints = new Map(dead.map(({ endpoint }) => [endpoint.id, endpoint]));
  const commands = [...endpoints.values()].flatMap(({ id, state }) => [
    ...(state === "disabled" ? [`upwork-gateway webhooks enable ${id}`] : []),
    `upwork-gateway webhooks replay ${id}`,
  ]);
  return html`<p class="soft">Once the receiver is well again:</p>${commands.map((command) => html`<pre>${command}</pre>`)}`;
}
