import * as z from "zod/mini";
import { adminRoute } from "../platform/admin-route.ts";
import { viewBudget } from "./budget-view.ts";
import type { Ledger } from "./ledger.ts";

const route = adminRoute<{ ledger: Pick<Ledger, "read" | "reopen"> }>();

const budgetSchema = z
  .strictObject({
    limits: z.array(
      z.strictObject({
        name: z.string(),
        quota: z.int(),
        window_seconds: z.int(),
        used: z.int(),
        left: z.int(),
        resets_in_seconds: z.int(),
      }),
    ),
    binding: z.nullable(z.string()).register(z.globalRegistry, { description: "The limit that is tightest." }),
    gate: z.strictObject({ state: z.enum(["open", "closed", "disabled"]), retry_after_seconds: z.int() }),
  })
  .register(z.globalRegistry, { id: "SharedBudget" });

const answer = { description: "Every limit, and the gate", schema: budgetSchema };

async function view(ledger: Pick<Ledger, "read">) {
  return viewBudget(await ledger.read());
}

/** The shared budget as an admin sees it. */
export const budgetRoutes = [
  route({
    method: "GET",
    path: "/admin/budget",
    tag: "budget",
    summary: "What is used and left of every limit",
    answers: { 200: answer },
    handle: async ({ ledger }) => ({ status: 200, value: await view(ledger) }),
  }),
  route({
    method: "POST",
    path: "/admin/budget/reopen",
    tag: "budget",
    summary: "Open a closed gate",
    description:
      "After Upwork's 429, or after it disabled the application's key and that is settled. The next call shows whether Upwork agrees.",
    answers: { 200: { ...answer, description: "The budget with its gate open" } },
    handle: async ({ ledger }) => {
      await ledger.reopen();
      return { status: 200, value: await view(ledger) };
    },
  }),
] as const;
