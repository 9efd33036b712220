import { randomBytes } from "node:crypto";
import * as z from "zod/mini";
import { adminRoute, etagOf } from "../platform/admin-route.ts";
import { Problem } from "../platform/problem.ts";
import { checkUrl, type Reach } from "./address.ts";
import { rotate } from "./endpoint-secrets.ts";
import type { Endpoint } from "./endpoints.ts";
import { attemptErrors } from "./retry.ts";
import { createSigningSecret } from "./standard-webhooks.ts";
import { testEvent } from "./test-event.ts";
import {
  newWebhookSchema,
  secretSchema,
  viewWebhook,
  webhookChangesSchema,
  webhookParams,
  webhookSchema,
} from "./webhook-schemas.ts";
import { requireWebhook, type WebhookServices } from "./webhook-services.ts";

const route = adminRoute<WebhookServices>();

/** Webhooks: who is told, and with which secret. */
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
    description:
      "What waits for a disabled webhook goes out once it is enabled again, for thirty days; events that come while it is disabled are not kept for it.",
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
] as const;

async function view({ endpointSecrets }: WebhookServices, endpoint: Endpoint) {
  return viewWebhook(endpoint, Object.keys((await endpointSecrets.read(endpoint.id))?.headers ?? {}));
}

function requireUrl(url: string, reach: Reach): void {
  const verdict = checkUrl(url, reach);
  if (verdict.ok) return;
  throw new Problem("request-invalid", `/body/url: no webhook may go there: ${verdict.why}.`, {
    members: { errors: [{ pointer: "/body/url", detail: verdict.why }] },
  });
}
