import * as z from "zod/mini";
import { described } from "../platform/described.ts";
import { eventTypes } from "../platform/events.ts";
import type { Delivery } from "./deliveries.ts";
import { bodyShapes, type Endpoint } from "./endpoints.ts";
import { attemptErrors } from "./retry.ts";
import { isSigningSecret } from "./standard-webhooks.ts";

export const webhookParams = z.strictObject({ id: z.string().check(z.regex(/^wh_[0-9a-f]{20}$/, "a webhook's id")) });
/** Whoever has deliveries: a webhook, or the bus. */
export const targetParams = z.strictObject({
  id: described(
    z.string().check(z.regex(/^(?:wh_[0-9a-f]{20}|bus)$/, "a webhook's id, or bus")),
    "A webhook's id, or `bus` for the EventBridge bus of the deployment.",
  ),
});
export const deliveryParams = z.strictObject({
  ...targetParams.shape,
  delivery: z.string().check(z.regex(/^\d{15}\.[\w:.-]{1,300}$/, "a delivery's id")),
});

/** These are the gateway's, or belong to the connection. */
const ownHeaders =
  /^(host|content-.*|webhook-.*|connection|keep-alive|transfer-encoding|te|trailer|upgrade|expect|user-agent|cookie)$/i;
const headersSchema = z
  .record(
    z.string().check(
      z.regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, "a header's name"),
      z.refine((name) => !ownHeaders.test(name), "a header that the gateway writes itself"),
    ),
    z.string().check(z.regex(/^[\x20-\x7e]{0,2000}$/, "printable ASCII")),
  )
  .check(z.refine((headers) => Object.keys(headers).length <= 20, "at most 20 headers"));

const fields = {
  name: z.string().check(z.minLength(1), z.maxLength(100)),
  url: described(z.string().check(z.maxLength(2_000)), "https, port 443 or 8443, on the public internet."),
  events: described(
    z.array(z.enum([...eventTypes, "*"])).check(z.minLength(1), z.maxLength(20)),
    "Types of events it wants; * is all, those of later versions too.",
  ),
  shape: described(
    z.enum(bodyShapes),
    "standard: the body of Standard Webhooks. slack, discord, teams: what their incoming webhooks take.",
  ),
  perSecond: described(z.int().check(z.gte(1), z.lte(100)), "So many deliveries begin in a second at most."),
  inFlight: described(
    z.int().check(z.gte(1), z.lte(16)),
    "So many deliveries are under way at once; with 1, each waits for the one before.",
  ),
  headers: described(headersSchema, "Further headers. Their values are kept as secrets and never shown."),
};

export const newWebhookSchema = z
  .strictObject({
    ...fields,
    events: z._default(fields.events, ["*"]),
    shape: z._default(fields.shape, "standard"),
    perSecond: z._default(fields.perSecond, 20),
    inFlight: z._default(fields.inFlight, 8),
    headers: z._default(fields.headers, {}),
    secret: described(
      z.optional(z.string().check(z.refine(isSigningSecret, "whsec_ and 24 to 64 bytes in base64"))),
      "A signing secret of one's own; by default a new one is made.",
    ),
  })
  .register(z.globalRegistry, { id: "NewWebhook" });

export const webhookChangesSchema = z
  .strictObject({
    name: z.optional(fields.name),
    url: z.optional(fields.url),
    events: z.optional(fields.events),
    shape: z.optional(fields.shape),
    perSecond: z.optional(fields.perSecond),
    inFlight: z.optional(fields.inFlight),
    headers: z.optional(fields.headers),
    state: z.optional(z.enum(["enabled", "disabled"])),
  })
  .register(z.globalRegistry, { id: "WebhookChanges", description: "What is left out stays as it is." });

const time = z.iso.datetime();
const iso = (at: number) => new Date(at).toISOString();

export const webhookSchema = z
  .strictObject({
    id: z.string(),
    name: fields.name,
    url: described(z.string(), "Of a chat's webhook only the host: the rest is its secret."),
    events: fields.events,
    shape: fields.shape,
    perSecond: fields.perSecond,
    inFlight: fields.inFlight,
    headerNames: z.array(z.string()),
    state: z.enum(["enabled", "disabled"]),
    disabledBecause: z.optional(z.string()),
    failingSince: z.optional(time),
    createdAt: time,
  })
  .register(z.globalRegistry, { id: "Webhook" });

/** A webhook as the admin API shows it. The path of a chat's address is its secret, and is left out. */
export function viewWebhook(endpoint: Endpoint, headerNames: readonly string[]) {
  const { id, name, url, events, shape, perSecond, inFlight, state, disabledBecause, failingSince, createdAt } =
    endpoint;
  return {
    id,
    name,
    url: shape === "standard" ? url : `${new URL(url).origin}/...`,
    events,
    shape,
    perSecond,
    inFlight,
    headerNames,
    state,
    ...(disabledBecause === undefined || state === "enabled" ? {} : { disabledBecause }),
    ...(failingSince === undefined ? {} : { failingSince: iso(failingSince) }),
    createdAt: iso(createdAt),
  };
}

export const secretSchema = described(z.string(), "Signs deliveries. It is shown this once and never again.");

const attemptSchema = z.strictObject({
  at: time,
  ms: z.int(),
  status: z.optional(z.int()),
  error: z.optional(z.enum(attemptErrors)),
});

export const deliverySchema = z
  .strictObject({
    id: z.string(),
    eventId: described(z.string(), "The webhook-id that the receiver sees."),
    eventType: z.enum(eventTypes),
    eventAt: time,
    watch: z.optional(z.string()),
    status: described(z.enum(["pending", "delivered", "dead"]), "dead: every try failed; it can be replayed."),
    tries: described(z.int(), "Tries since it was made or last replayed."),
    nextTryAt: z.optional(time),
    attempts: z.array(attemptSchema),
  })
  .register(z.globalRegistry, { id: "Delivery" });

/** A delivery as the admin API shows it, with every try. */
export function viewDelivery({ id, eventId, eventType, eventAt, watchId, status, tries, dueAt, attempts }: Delivery) {
  return {
    id,
    eventId,
    eventType,
    eventAt: iso(eventAt),
    ...(watchId === undefined ? {} : { watch: watchId }),
    status,
    tries,
    ...(dueAt === undefined ? {} : { nextTryAt: iso(dueAt) }),
    attempts: attempts.map(({ at, ...attempt }) => ({ at: iso(at), ...attempt })),
  };
}

export const filterFields = {
  status: z.optional(z.enum(["pending", "delivered", "dead"])),
  watch: described(z.optional(z.string().check(z.maxLength(64))), "Id of the watch that found what is told."),
  from: described(z.optional(time), "Events from this moment on."),
  until: described(z.optional(time), "Events until this moment."),
};

/** A filter as the store takes it. */
export function readFilter({ status, watch, from, until }: z.infer<z.ZodMiniObject<typeof filterFields>>) {
  return {
    status,
    watchId: watch,
    from: from === undefined ? undefined : Date.parse(from),
    until: until === undefined ? undefined : Date.parse(until),
  };
}
