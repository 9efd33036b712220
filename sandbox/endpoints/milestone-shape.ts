import type { Milestone } from "../world/hiring.ts";
import { money, stamp } from "./shapes.ts";

/** A milestone as hr/v3 shows it, and hr/v2 inside an engagement. */
export function milestoneShape(milestone: Milestone) {
  return {
    reference: milestone.reference,
    contract_reference: milestone.contractReference,
    milestone_description: milestone.description,
    deposit_amount: money(milestone.amount),
    paid_amount: money(milestone.paidAmount),
    state: milestone.state,
    due_date: stamp(milestone.dueAt),
    created_time: stamp(milestone.createdAt),
    paid_time: stamp(milestone.paidAt),
  };
}
