import { randomBytes } from "node:crypto";
import * as z from "zod/mini";
import { adminRoute } from "../platform/admin-route.ts";
import { described } from "../platform/described.ts";
import { invalidField } from "../platform/invalid-field.ts";
import { Problem } from "../platform/problem.ts";
import type { EndpointSecrets } from "../webhooks/endpoint-secrets.ts";
import { createSigningSecret } from "../webhooks/standard-webhooks.ts";
import { type Action, createPathToken, type Hook, type HookStore, hookDefinitionSchema } from "./hook.ts";
import { requireClientsConnection, type WatchServices } from "./watch-services.ts";

export type HookServices = {
  hooks: HookStore;
  endpointSecrets: EndpointSecrets;
  connectionOfClient: WatchServices["connectionOfClient"];
  /** Origin of the gateway. */
  publicUrl: string;
};

const route = adminRoute<HookServices>();
const hookParams = z.strictObject({ id: z.string().check(z.regex(/^hook_[0-9a-f]{20}$/, "a hook's id")) });
const hookSchema = z
  .strictObject({ id: z.string(), ...hookDefinitionSchema.shape, createdAt: z.iso.datetime() })
  .register(z.globalRegistry, { id: "Hook" });

/** Hooks: messages of others that set off a stored call, or a run of a watch. */
export const hookRoutes = [
  route({
    method: "GET",
    path: "/admin/hooks",
    tag: "webhooks",
    summary: "List hooks",
    answers: { 200: { description: "All hooks", schema: z.strictObject({ items: z.array(hookSchema) }) } },
    handle: async ({ hooks }) => ({ status: 200, value: { items: (await hooks.list()).map(viewHook) } }),
  }),
  route({
    method: "POST",
    path: "/admin/hooks",
    tag: "webhooks",
    summary: "Create a hook",
    description:
      "The answer has the address to send to, and the secret to sign with; where the address is the secret, it is shown this once and never again.",
    body: hookDefinitionSchema,
    answers: {
      201: {
        description: "The hook, its address, and its secret",
        schema: z.strictObject({
          hook: hookSchema,
          url: z.string(),
          secret: described(z.optional(z.string()), "Signs messages; absent where the address is the secret."),
        }),
      },
    },
    problems: ["request-invalid"],
    handle: async (services, { body, now }) => {
      const { hooks, endpointSecrets, publicUrl } = services;
      await requireClientsConnection(services, body.client);
      requireUnsigned(body.action);
      const id = `hook_${randomBytes(10).toString("hex")}`;
      const path = body.auth === "path" ? createPathToken() : undefined;
      const secret = path === undefined ? createSigningSecret() : undefined;
      if (secret !== undefined) await endpointSecrets.write(id, { current: secret, headers: {} });
      const hook: Hook = { id, ...body, tokenHash: path?.tokenHash, createdAt: now };
      await hooks.create(hook);
      const address = path === undefined ? id : `${id}.${path.token}`;
      return {
        status: 201,
        value: {
          hook: viewHook(hook),
          url: `${publicUrl}/hooks/${address}`,
          ...(secret === undefined ? {} : { secret }),
        },
        location: `/admin/hooks/${id}`,
      };
    },
  }),
  route({
    method: "GET",
    path: "/admin/hooks/{id}",
    tag: "webhooks",
    summary: "Show a hook",
    params: hookParams,
    answers: { 200: { description: "The hook", schema: hookSchema } },
    problems: ["not-found"],
    handle: async (services, { params }) => ({ status: 200, value: viewHook(await requireHook(services, params.id)) }),
  }),
  route({
    method: "DELETE",
    path: "/admin/hooks/{id}",
    tag: "webhooks",
    summary: "Remove a hook and its secret",
    params: hookParams,
    answers: { 204: { description: "It is gone" } },
    problems: ["not-found"],
    handle: async (services, { params }) => {
      const hook = await requireHook(services, params.id);
      await services.hooks.remove(hook.id);
      if (hook.auth === "signature") await services.endpointSecrets.remove(hook.id);
      return { status: 204 };
    },
  }),
] as const;

/** The gateway signs the call itself, and would refuse these every time. */
function requireUnsigned(action: Action): void {
  const given = {
    ...("query" in action ? { query: action.query } : {}),
    ...("form" in action ? { form: action.form } : {}),
  };
  for (const [part, values] of Object.entries(given)) {
    for (const name of Object.keys(values ?? {}).filter((name) => /^oauth_/i.test(name))) {
      const detail = "the gateway signs calls itself; leave all oauth_ parameters out";
      throw invalidField(`/body/action/${part}/${name}`, detail);
    }
  }
}

function viewHook({ tokenHash: _, createdAt, ...hook }: Hook) {
  return { ...hook, createdAt: new Date(createdAt).toISOString() };
}

async function requireHook({ hooks }: HookServices, id: string): Promise<Hook> {
  const hook = await hooks.find(id);
  if (hook === undefined) throw new Problem("not-found", `There is no hook "${id}". GET /admin/hooks lists them.`);
  return hook;
}
