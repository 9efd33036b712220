import { Problem } from "../platform/problem.ts";
import type { Reach } from "./address.ts";
import type { Send } from "./attempt.ts";
import type { DeliveryStore } from "./deliveries.ts";
import type { EndpointSecrets } from "./endpoint-secrets.ts";
import type { Endpoint, EndpointStore } from "./endpoints.ts";
import { busEndpoint } from "./event-bus.ts";

/** What the admin API needs of webhooks. */
export type WebhookServices = {
  endpoints: EndpointStore;
  endpointSecrets: EndpointSecrets;
  deliveries: DeliveryStore;
  sendNow: Send;
  webhookReach: Reach;
  /** The bus that gets every event, where the deployment has one. */
  eventBus?: string | undefined;
};

/** @throws Problem `not-found` */
export async function requireWebhook({ endpoints }: Pick<WebhookServices, "endpoints">, id: string): Promise<Endpoint> {
  const endpoint = await endpoints.find(id);
  if (endpoint === undefined)
    throw new Problem("not-found", `There is no webhook "${id}". GET /admin/webhooks lists them.`);
  return endpoint;
}

/**
 * Whoever may have deliveries: a webhook, or the bus.
 *
 * @throws Problem `not-found`
 */
export async function requireTarget(services: Pick<WebhookServices, "endpoints" | "eventBus">, id: string) {
  if (id !== busEndpoint.id) return requireWebhook(services, id);
  if (services.eventBus !== undefined) return busEndpoint;
  throw new Problem("not-found", "This deployment has no event bus. Deploy it with -c eventBus=NAME to have one.");
}
