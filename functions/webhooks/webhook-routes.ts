import { randomBytes } from "node:crypto";
import * as z from "zod/mini";
import { adminRoute, etagOf, pageOf, pageQuery } from "../platform/admin-route.ts";
import { readCursor, writeCursor } from "../platform/cursor.ts";
import { described } from "../platform/described.ts";
import { Problem } from "../platform/problem.ts";
import { checkUrl, type Reach } from "./address.ts";
import type { Send } from "./attempt.ts";
import type { DeliveryStore } from "./deliveries.ts";
import { type EndpointSecrets, rotate } from "./endpoint-secrets.ts";
import type { Endpoint, EndpointStore } from "./endpoints.ts";
import { attemptErrors } from "./retry.ts";
import { createSigningSecret } from "./standard-webhooks.ts";
import { testEvent } from "./test-event.ts";
import {
  deliveryParams,
  deliverySchema,
  filterFields,
  newWebhookSchema,
  readFilter,
  secretSchema,
  viewDelivery,
  viewWebhook,
  webhookChangesSchema,
  webhookParams,
  webhookSchema,
} from "./webhook-schemas.ts";

export type WebhookServices = {
  endpoints: EndpointStore;
  endpointSecrets: EndpointSecrets;
  deliveries: DeliveryStore;
  sendNow: Send;
  webhookReach: Reach;
};

const route = adminRoute<WebhookServices>();
/** One request replays so many at most; whoever has more asks again. */
const maxReplayed = 500;

/** Webhooks: who is told, with which secret, and what became of it. */
export const webhookRoutes = [
  route({
    method: "GET",
    path: "/admin/webhooks",
    tag: "webhooks",
    summary: "List webhooks",
    answers: { 200: { description: "All webhooks", schema: z.strictObject({ items: z.array(webhookSchema) }) } },
    handle: async (services) => {
      const all = await services.endpoints.list();
      return { status: 200, value: { items: await Promise.all(all.map((endpoint) => view(services, endpoint))) } };
    },
  }),
  route({
    method: "POST",
    path: "/admin/webhooks",
    tag: "webhooks",
    summary: "Create a webhook",
    description: "The signing secret is in the answer and nowhere else.",
    body: newWebhookSchema,
    answers: {
      201: {
        description: "The webhook and its secret",
        schema: z.strictObject({ webhook: webhookSchema, secret: secretSchema }),
        hasEtag: true,
      },
    },
    problems: ["request-invalid"],
    handle: async ({ endpoints, endpointSecrets, webhookReach }, { body, now }) => {
      const { headers, secret = createSigningSecret(), ...asked } = body;
      requireUrl(asked.url, webhookReach);
      const id = `wh_${randomBytes(10).toString("hex")}`;
      // The secret first: a webhook without one could not be told anything.
      await endpointSecrets.write(id, { current: secret, headers });
      const endpoint: Endpoint = { id, ...asked, state: "enabled", createdAt: now, version: 1 };
      await endpoints.save(endpoint);
      return {
        status: 201,
        value: { webhook: viewWebhook(endpoint, Object.keys(headers)), secret },
        etag: etagOf(1),
        location: `/admin/webhooks/${id}`,
      };
    },
  }),
  route({
    method: "GET",
    path: "/admin/webhooks/{id}",
    tag: "webhooks",
    summary: "Show a webhook",
    params: webhookParams,
    answers: { 200: { description: "The webhook", schema: webhookSchema, hasEtag: true } },
    problems: ["not-found"],
    handle: async (services, { params }) => {
      const endpoint = await requireWebhook(services, params.id);
      return { status: 200, value: await view(services, endpoint), etag: etagOf(endpoint.version) };
    },
  }),
  route({
    method: "PATCH",
    path: "/admin/webhooks/{id}",
    tag: "webhooks",
    summary: "Change, enable or disable a webhook",
    description: "What waits for a disabled webhook goes out once it is enabled again, for thirty days.",
    params: webhookParams,
    body: webhookChangesSchema,
    isConditional: true,
    answers: { 200: { description: "The webhook as it is now", schema: webhookSchema, hasEtag: true } },
    problems: ["not-found", "request-invalid"],
    handle: async (services, { params, body, requireMatch }) => {
      const before = await requireWebhook(services, params.id);
      requireMatch(etagOf(before.version));
      const { headers, ...changes } = body;
      if (changes.url !== undefined) requireUrl(changes.url, services.webhookReach);
      const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
      const isEnabled = changes.state === "enabled" && before.state === "disabled";
      const endpoint: Endpoint = {
        ...before,
        ...given,
        // It starts with a clean slate.
        ...(isEnabled ? { failingSince: undefined, disabledBecause: undefined } : {}),
        version: before.version + 1,
      };
      if (headers !== undefined) {
        const secret = await services.endpointSecrets.read(before.id);
        if (secret !== undefined) await services.endpointSecrets.write(before.id, { ...secret, headers });
      }
      if (!(await services.endpoints.save(endpoint))) {
        throw new Problem(
          "precondition-failed",
          `Webhook "${before.id}" was changed at this very moment. Read it again.`,
        );
      }
      return { status: 200, value: await view(services, endpoint), etag: etagOf(endpoint.version) };
    },
  }),
  route({
    method: "DELETE",
    path: "/admin/webhooks/{id}",
    tag: "webhooks",
    summary: "Remove a webhook and its secret",
    params: webhookParams,
    answers: { 204: { description: "It is gone, and nothing more goes out to it" } },
    problems: ["not-found"],
    handle: async (services, { params }) => {
      await requireWebhook(services, params.id);
      await services.endpoints.remove(params.id);
      await services.endpointSecrets.remove(params.id);
      return { status: 204 };
    },
  }),
  route({
    method: "POST",
    path: "/admin/webhooks/{id}/test",
    tag: "webhooks",
    summary: "Send a test event now",
    description: "One try, which is not recorded. Its webhook-id begins with test_.",
    params: webhookParams,
    answers: {
      200: {
        description: "What the receiver answered",
        schema: z.strictObject({
          delivered: z.boolean(),
          status: z.optional(z.int()),
          error: z.optional(z.enum(attemptErrors)),
          ms: z.int(),
        }),
      },
    },
    problems: ["not-found"],
    handle: async (services, { params, now }) => {
      const endpoint = await requireWebhook(services, params.id);
      const begunAt = performance.now();
      const { status, error } = await services.sendNow(endpoint, testEvent(now, randomBytes(8).toString("hex")));
      return {
        status: 200,
        value: {
          delivered: status !== undefined && status >= 200 && status < 300,
          ...(status === undefined ? {} : { status }),
          ...(error === undefined ? {} : { error }),
          ms: Math.round(performance.now() - begunAt),
        },
      };
    },
  }),
  route({
    method: "POST",
    path: "/admin/webhooks/{id}/rotate",
    tag: "webhooks",
    summary: "Give a webhook a new signing secret",
    description: "For a day every delivery is signed with both, so the receiver can change over in its own time.",
    params: webhookParams,
    answers: {
      200: {
        description: "The new secret",
        schema: z.strictObject({ secret: secretSchema, previousUntil: z.iso.datetime() }),
      },
    },
    problems: ["not-found"],
    handle: async (services, { params, now }) => {
      const { id } = await requireWebhook(services, params.id);
      const before = await services.endpointSecrets.read(id);
      const next =
        before === undefined
          ? { current: createSigningSecret(), headers: {}, previousUntil: now }
          : rotate(before, now);
      await services.endpointSecrets.write(id, next);
      return {
        status: 200,
        value: { secret: next.current, previousUntil: new Date(next.previousUntil ?? now).toISOString() },
      };
    },
  }),
  route({
    method: "GET",
    path: "/admin/webhooks/{id}/deliveries",
    tag: "webhooks",
    summary: "List deliveries, the newest first",
    description: "A page may hold fewer than `limit`, or none, where a filter drops some; follow the cursor.",
    params: webhookParams,
    query: z.strictObject({ ...pageQuery.shape, ...filterFields }),
    answers: { 200: { description: "A page of deliveries with every try", schema: pageOf(deliverySchema) } },
    problems: ["not-found"],
    handle: async (services, { params, query }) => {
      await requireWebhook(services, params.id);
      const { limit, cursor, ...filter } = query;
      const after = cursor === undefined ? undefined : readCursor(cursor);
      const page = await services.deliveries.page(params.id, readFilter(filter), limit, after);
      const next = page.cursor === undefined ? {} : { cursor: writeCursor(page.cursor) };
      return { status: 200, value: { items: page.deliveries.map(viewDelivery), ...next } };
    },
  }),
  route({
    method: "POST",
    path: "/admin/webhooks/{id}/deliveries/{delivery}/replay",
    tag: "webhooks",
    summary: "Deliver once more",
    description: "Within a minute, with the same webhook-id. After a day without the item itself, which is gone then.",
    params: deliveryParams,
    answers: { 202: { description: "It is due again", schema: deliverySchema } },
    problems: ["not-found", "conflict"],
    handle: async ({ deliveries }, { params, now }) => {
      const isDue = await deliveries.replay(params.id, params.delivery, now);
      const delivery = await deliveries.find(params.id, params.delivery);
      if (delivery === undefined) throw new Problem("not-found", `There is no delivery "${params.delivery}".`);
      if (!isDue) throw new Problem("conflict", "A try of this delivery is under way; wait for its end.");
      return { status: 202, value: viewDelivery(delivery) };
    },
  }),
  route({
    method: "POST",
    path: "/admin/webhooks/{id}/replay",
    tag: "webhooks",
    summary: "Deliver once more whatever a filter finds",
    description: `Up to ${maxReplayed} at a time, the newest first; \`more\` says whether to ask again, with an earlier \`until\`.`,
    params: webhookParams,
    body: z.strictObject({ ...filterFields, status: z._default(z.enum(["delivered", "dead"]), "dead") }),
    answers: {
      202: {
        description: "How many are due again",
        schema: z.strictObject({
          replayed: z.int(),
          more: z.boolean(),
          until: described(z.optional(z.iso.datetime()), "Where to go on."),
        }),
      },
    },
    problems: ["not-found"],
    handle: async ({ deliveries, ...services }, { params, body, now }) => {
      await requireWebhook({ ...services, deliveries }, params.id);
      let replayed = 0;
      let cursor: string | undefined;
      let last: number | undefined;
      do {
        const page = await deliveries.page(params.id, readFilter(body), 100, cursor);
        for (const { id, eventAt } of page.deliveries) {
          if (await deliveries.replay(params.id, id, now)) replayed += 1;
          last = eventAt;
        }
        cursor = page.cursor;
      } while (cursor !== undefined && replayed < maxReplayed);
      const until = cursor === undefined || last === undefined ? {} : { until: new Date(last).toISOString() };
      return { status: 202, value: { replayed, more: cursor !== undefined, ...until } };
    },
  }),
] as const;

async function view({ endpointSecrets }: WebhookServices, endpoint: Endpoint) {
  return viewWebhook(endpoint, Object.keys((await endpointSecrets.read(endpoint.id))?.headers ?? {}));
}

async function requireWebhook({ endpoints }: WebhookServices, id: string): Promise<Endpoint> {
  const endpoint = await endpoints.find(id);
  if (endpoint === undefined)
    throw new Problem("not-found", `There is no webhook "${id}". GET /admin/webhooks lists them.`);
  return endpoint;
}

function requireUrl(url: string, reach: Reach): void {
  const verdict = checkUrl(url, reach);
  if (verdict.ok) return;
  throw new Problem("request-invalid", `/body/url: no webhook may go there: ${verdict.why}.`, {
    members: { errors: [{ pointer: "/body/url", detail: verdict.why }] },
  });
}
