import type { Endpoint, EndpointStore } from "./endpoints.ts";

/**
 * An EventBridge bus as one more endpoint: the same outbox, the same tries, the same record of them. Whoever runs on AWS
 * routes from there to SQS, Step Functions or Lambda.
 */
export const busEndpoint: Endpoint = {
  id: "bus",
  name: "EventBridge",
  url: "",
  events: ["*"],
  shape: "standard",
  perSecond: 100,
  inFlight: 8,
  state: "enabled",
  createdAt: 0,
  version: 1,
};

/** Endpoints as they are stored, and the bus where there is one. */
export function withBus<Store extends Pick<EndpointStore, "list">>(
  endpoints: Store,
  eventBus: string | undefined,
): Store {
  if (eventBus === undefined) return endpoints;
  return { ...endpoints, list: async () => [...(await endpoints.list()), busEndpoint] };
}

/** Name or ARN of the bus that gets every event, where the deployment has one. */
export function eventBusOf(environment: Record<string, string | undefined> = process.env): string | undefined {
  return environment.GATEWAY_EVENT_BUS || undefined;
}
