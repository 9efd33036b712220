/** What the gateway tells the world about itself: the types of events that webhooks may subscribe to. */
export const eventTypes = [
  "watch.item.new",
  "watch.item.changed",
  "watch.failing",
  "watch.overflow",
  "budget.threshold",
  "budget.closed",
  "budget.reopened",
  "connection.needs_reauth",
  "connection.healthy",
  "webhook.disabled",
] as const;
export type EventType = (typeof eventTypes)[number];

export type GatewayEvent = {
  /** The same happening has the same id, however often it is noticed; whoever stores events keeps one of each id. */
  id: string;
  type: EventType;
  /** When it happened, in ms since 1970. */
  at: number;
  /** What happened, as JSON; nothing secret. */
  data: Readonly<Record<string, unknown>>;
};

/** Hands an event to whoever delivers it. Raising the same id twice delivers once. */
export type RaiseEvent = (event: GatewayEvent) => Promise<void>;
