import type { Milestone, MilestonePlan, Offer } from "../world/hiring.ts";
import { dateTime, money } from "./scalars.ts";

const milestoneStates = {
  "not-funded": "NotFunded",
  active: "Active",
  submitted: "Submitted",
  paid: "Paid",
  deleted: "CancelledByClient",
} as const satisfies Record<Milestone["state"], string>;

export const milestoneView = (
  { reference, description, state, amount, paidAmount, dueAt }: Milestone,
  index: number,
) => ({
  id: reference,
  description,
  state: milestoneStates[state],
  depositAmount: money(amount),
  paid: money(paidAmount),
  dueDateTime: dateTime(dueAt),
  sequenceId: index + 1,
});

/** One that an offer proposes; it has no reference yet, so its place in the offer makes one. */
export const plannedMilestoneView = (
  { reference }: Offer,
  { description, amount, dueAt }: MilestonePlan,
  index: number,
) => ({
  id: `${reference}${index + 1}`,
  description,
  state: "InOffer",
  depositAmount: money(amount),
  paid: money(0),
  dueDateTime: dateTime(dueAt),
  sequenceId: index + 1,
});
