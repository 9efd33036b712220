import type { Milestone, Submission } from "../world/hiring.ts";
import type { Call } from "./endpoint.ts";
import { milestoneShape } from "./milestone-shape.ts";
import { answered, failed, type Result } from "./results.ts";
import { parseAmount } from "./shapes.ts";

/** Why less than agreed may be paid (python-upwork). */
const underpaymentReasons = ["329", "330", "331", "332"];

/** Pays a milestone, and a bonus with it; less than was agreed needs a reason. */
export function payMilestone({ world, parameters, now }: Call, milestone: Milestone, submission?: Submission): Result {
  if (milestone.state !== "active" && milestone.state !== "submitted") {
    return failed(400, `The milestone is ${milestone.state}, not active`);
  }
  const [given, bonus] = [parameters.get("amount"), parameters.get("bonus")];
  const amount = given === "" ? milestone.amount : parseAmount(given);
  if (amount === undefined) return failed(400, "Invalid amount: a positive amount");
  if (bonus !== "" && parseAmount(bonus) === undefined) return failed(400, "Invalid bonus: a positive amount");
  if (amount < milestone.amount && !underpaymentReasons.includes(parameters.get("underpayment_reason"))) {
    return failed(400, `Less than agreed needs an underpayment_reason: ${underpaymentReasons.join(", ")}`);
  }
  const { hiring } = world;
  const contract = hiring.contracts.get(milestone.contractReference);
  hiring.milestones.change(milestone, { state: "paid", paidAmount: amount, paidAt: now });
  const open = hiring.submissions.rows.filter(
    ({ milestoneReference, status }) => milestoneReference === milestone.reference && status === "pending",
  );
  for (const row of submission === undefined ? open : [submission]) {
    hiring.submissions.change(row, { status: "approved", answer: parameters.get("note2contractor") });
  }
  if (bonus !== "" && contract) {
    hiring.adjustments.add({
      reference: hiring.adjustments.nextReference(),
      contractReference: contract.reference,
      teamReference: contract.teamReference,
      amount: Number(bonus),
      comments: parameters.get("pay_comments"),
      notes: "",
      createdAt: now,
    });
  }
  return answered({ milestone: milestoneShape(milestone) });
}
