import * as z from "zod/mini";
import { adminRoute } from "../platform/admin-route.ts";
import type { BudgetClient } from "../platform/share-schema.ts";
import { viewShare } from "./budget-view.ts";
import type { Ledger } from "./ledger.ts";

const route = adminRoute<{
  ledger: Pick<Ledger, "readShares">;
  /** Every client, with its share. */
  budgetClients: () => Promise<BudgetClient[]>;
}>();

const shareStateSchema = z
  .strictObject({
    client: z.string(),
    priority: z.enum(["interactive", "batch"]),
    mode: z.enum(["enforce", "observe"]),
    used_today: z.int(),
    spared_today: z.int().register(z.globalRegistry, { description: "Refusals that observe mode spared it today." }),
    guaranteed: z.nullable(z.strictObject({ units: z.int(), used: z.int(), left: z.int() })),
    cap: z.nullable(z.strictObject({ units: z.int(), left: z.int(), resets_in_seconds: z.int() })),
  })
  .register(z.globalRegistry, { id: "ShareState" });

/** What each client has of the shared budget. */
export const shareRoutes = [
  route({
    method: "GET",
    path: "/admin/budget/shares",
    tag: "budget",
    summary: "How every client's share stands",
    answers: {
      200: {
        description: "In the order of the clients' ids",
        schema: z.strictObject({ items: z.array(shareStateSchema) }),
      },
    },
    handle: async ({ ledger, budgetClients }) => {
      const clients = await budgetClients();
      const { shares } = await ledger.readShares(clients);
      const items = shares.map((state, index) => ({ client: clients[index]?.id ?? "", ...viewShare(state) }));
      return { status: 200, value: { items } };
    },
  }),
] as const;
