import * as z from "zod/mini";
import type { BudgetSnapshot, Ledger } from "../budget/ledger.ts";
import type { Connection, ConnectionStore } from "../oauth/connections.ts";
import { adminRoute } from "../platform/admin-route.ts";
import type { Config } from "../platform/config.ts";

const route = adminRoute<{
  config: Config;
  connections: Pick<ConnectionStore, "list">;
  ledger: Pick<Ledger, "read">;
  /** Which of the two applications has a key to sign with. */
  applications: () => Promise<{ oauth1: boolean; oauth2: boolean }>;
  rotateAdminKey: (keepsPrevious: boolean) => Promise<{ key: string }>;
}>();

const gatewaySchema = z
  .strictObject({
    stage: z.string(),
    publicUrl: z.string(),
    callbackUrl: z.string(),
    keyKind: z.enum(["live", "test"]),
    adminDoor: z.enum(["key", "open"]),
    upstream: z.string(),
    graphqlUpstream: z.string(),
    time: z.iso.datetime().register(z.globalRegistry, { description: "The clock that signs calls." }),
    applications: z
      .strictObject({ oauth1: z.boolean(), oauth2: z.boolean() })
      .register(z.globalRegistry, { description: "Whether the application's key is in its secret." }),
    connections: z.record(z.string(), z.int()).register(z.globalRegistry, { description: "How many of each status." }),
    gate: z.enum(["open", "closed", "disabled"]),
  })
  .register(z.globalRegistry, { id: "Gateway" });

/** The gateway itself: what somebody who looks for a fault wants to know first. */
export const gatewayRoutes = [
  route({
    method: "GET",
    path: "/admin",
    tag: "gateway",
    summary: "How the gateway is set up and how it is",
    answers: { 200: { description: "Settings, clock, connections and gate", schema: gatewaySchema } },
    handle: async ({ config, connections, ledger, applications }, { now }) => {
      const [known, budget, configured] = await Promise.all([connections.list(), ledger.read(), applications()]);
      return { status: 200, value: view(config, known, budget, configured, now) };
    },
  }),
  route({
    method: "POST",
    path: "/admin/admin-key/rotate",
    tag: "gateway",
    summary: "Replace the admin key",
    description:
      "The key so far goes on being good until the next rotation, so that scripts can change over. Without `keepPrevious` it ends within five minutes, and with it all sessions.",
    body: z.strictObject({ keepPrevious: z._default(z.boolean(), true) }),
    isBodyOptional: true,
    answers: { 201: { description: "The new key, shown this once", schema: z.strictObject({ key: z.string() }) } },
    handle: async ({ rotateAdminKey }, { body }) => ({ status: 201, value: await rotateAdminKey(body.keepPrevious) }),
  }),
] as const;

function view(
  config: Config,
  connections: readonly Connection[],
  budget: BudgetSnapshot,
  applications: { oauth1: boolean; oauth2: boolean },
  now: number,
): z.infer<typeof gatewaySchema> {
  const { stage, publicUrl, keyKind, adminDoor, upstream, graphqlUpstream } = config;
  const counts: Record<string, number> = {};
  for (const { status } of connections) counts[status] = (counts[status] ?? 0) + 1;
  return {
    stage,
    publicUrl,
    callbackUrl: `${publicUrl}/oauth/callback`,
    keyKind,
    adminDoor,
    upstream,
    graphqlUpstream,
    time: new Date(now).toISOString(),
    applications,
    connections: counts,
    gate: budget.gate.state,
  };
}
