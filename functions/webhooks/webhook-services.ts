import { Problem } from "../platform/problem.ts";
import type { Reach } from "./address.ts";
import type { Send } from "./attempt.ts";
import type { DeliveryStore } from "./deliveries.ts";
import type { EndpointSecrets } from "./endpoint-secrets.ts";
import type { Endpoint, EndpointStore } from "./endpoints.ts";

/** What the admin API needs of webhooks. */
export type WebhookServices = {
  endpoints: EndpointStore;
  endpointSecrets: EndpointSecrets;
  deliveries: DeliveryStore;
  sendNow: Send;
  webhookReach: Reach;
};

/** @throws Problem `not-found` */
export async function requireWebhook({ endpoints }: WebhookServices, id: string): Promise<Endpoint> {
  const endpoint = await endpoints.find(id);
  if (endpoint === undefined)
    throw new Problem("not-found", `There is no webhook "${id}". GET /admin/webhooks lists them.`);
  return endpoint;
}
