import type { Contract, Milestone, Submission } from "../world/hiring.ts";
import {
  answered,
  type Call,
  type Endpoint,
  failed,
  forbidden,
  missingParameter,
  notFound,
  type Result,
} from "./endpoint.ts";
import { clientSide, eitherSide, freelancerSide, onContract, type Side, sidesOf } from "./parties.ts";
import { listed, money, parseAmount, parseUsDate, stamp } from "./shapes.ts";

/** Milestones of fixed-price contracts, and the work handed in for them: hr/v3/fp. */
export const milestoneEndpoints = [
  {
    method: "GET",
    path: "/api/hr/v3/fp/milestones/statuses/active/contracts/{contract}",
    permission: "contractsRead",
    shape: "guess",
    answer: onContract(eitherSide, ({ world }, contract) => {
      const active = milestonesOf({ world }, contract).find(({ state }) => state === "active" || state === "submitted");
      return active === undefined ? notFound : answered({ milestone: milestoneShape(active) });
    }),
  },
  {
    method: "GET",
    path: "/api/hr/v3/fp/milestones/{milestone}/submissions",
    permission: "contractsRead",
    shape: "guess",
    answer: onMilestone(eitherSide, ({ world }, { reference }) => {
      const found = world.hiring.submissions.rows.filter(({ milestoneReference }) => milestoneReference === reference);
      return answered({ submissions: listed(found.map(submissionShape)) });
    }),
  },
  { method: "POST", path: "/api/hr/v3/fp/milestones", permission: "offersWrite", shape: "guess", answer: create },
  {
    method: "PUT",
    path: "/api/hr/v3/fp/milestones/{milestone}",
    permission: "offersWrite",
    shape: "guess",
    answer: onMilestone(clientSide, edit),
  },
  {
    method: "PUT",
    path: "/api/hr/v3/fp/milestones/{milestone}/activate",
    permission: "payments",
    shape: "guess",
    answer: onMilestone(clientSide, activate),
  },
  {
    method: "PUT",
    path: "/api/hr/v3/fp/milestones/{milestone}/approve",
    permission: "payments",
    shape: "guess",
    answer: onMilestone(clientSide, (call, milestone) => pay(call, milestone, undefined)),
  },
  {
    method: "DELETE",
    path: "/api/hr/v3/fp/milestones/{milestone}",
    permission: "offersWrite",
    shape: "guess",
    answer: onMilestone(clientSide, remove),
  },
  { method: "POST", path: "/api/hr/v3/fp/submissions", permission: "contractsRead", shape: "guess", answer: handIn },
  {
    method: "PUT",
    path: "/api/hr/v3/fp/submissions/{submission}/approve",
    permission: "payments",
    shape: "guess",
    answer: onSubmission((call, submission, milestone) => {
      const missing = missingParameter(call.parameters, ["amount"]);
      return missing ?? pay(call, milestone, submission);
    }),
  },
  {
    method: "PUT",
    path: "/api/hr/v3/fp/submissions/{submission}/reject",
    permission: "payments",
    shape: "guess",
    answer: onSubmission(({ world, parameters }, submission, milestone) => {
      const missing = missingParameter(parameters, ["note2contractor"]);
      if (missing !== undefined) return missing;
      world.hiring.submissions.change(submission, { status: "rejected", answer: parameters.get("note2contractor") });
      world.hiring.milestones.change(milestone, { state: "active" });
      return answered({ submission: submissionShape(submission) });
    }),
  },
] as const satisfies readonly Endpoint[];

/** Why less than agreed may be paid (python-upwork). */
const underpaymentReasons = ["329", "330", "331", "332"];

const milestonesOf = ({ world }: Pick<Call, "world">, { reference }: Contract) =>
  world.hiring.milestones.rows.filter((row) => row.contractReference === reference && row.state !== "deleted");

function onMilestone(sides: readonly Side[], answer: (call: Call, milestone: Milestone, contract: Contract) => Result) {
  return (call: Call): Result => about(call, call.segment("milestone"), sides, answer);
}

function about(
  call: Call,
  reference: string,
  sides: readonly Side[],
  answer: (call: Call, milestone: Milestone, contract: Contract) => Result,
): Result {
  const { milestones, contracts } = call.world.hiring;
  const milestone = milestones.get(reference);
  const contract = contracts.get(milestone?.contractReference ?? "");
  if (milestone === undefined || milestone.state === "deleted" || contract === undefined) return notFound;
  return sidesOf(call, contract).some((side) => sides.includes(side)) ? answer(call, milestone, contract) : forbidden;
}

function onSubmission(answer: (call: Call, submission: Submission, milestone: Milestone) => Result) {
  return (call: Call): Result => {
    const submission = call.world.hiring.submissions.get(call.segment("submission"));
    if (submission === undefined) return notFound;
    return about(call, submission.milestoneReference, clientSide, (_call, milestone) =>
      submission.status === "pending"
        ? answer(call, submission, milestone)
        : failed(400, `The submission is ${submission.status} already`),
    );
  };
}

function create(call: Call): Result {
  const { world, parameters, now } = call;
  const missing = missingParameter(parameters, ["contract_reference", "milestone_description", "deposit_amount"]);
  if (missing !== undefined) return missing;
  const contract = world.hiring.contracts.get(parameters.get("contract_reference"));
  if (contract === undefined) return notFound;
  if (!sidesOf(call, contract).includes("client")) return forbidden;
  if (contract.jobType !== "fixed-price") return failed(400, "Only a fixed-price contract has milestones");
  const amount = parseAmount(parameters.get("deposit_amount"));
  const dueAt = parseUsDate(parameters.get("due_date"));
  if (amount === undefined) return failed(400, "Invalid deposit_amount: a positive amount");
  if (dueAt === undefined) return failed(400, "Invalid due_date: mm-dd-yyyy");
  const isFirst = milestonesOf(call, contract).every(({ state }) => state === "paid");
  const { milestones } = world.hiring;
  const milestone = milestones.add({
    reference: milestones.nextReference(),
    contractReference: contract.reference,
    description: parameters.get("milestone_description"),
    amount,
    dueAt,
    state: isFirst ? "active" : "not-funded",
    paidAmount: 0,
    createdAt: now,
    paidAt: 0,
  });
  return answered({ milestone: milestoneShape(milestone) });
}

function edit({ world, parameters }: Call, milestone: Milestone): Result {
  if (milestone.state === "paid") return failed(400, "The milestone is paid already");
  const given = parameters.get("deposit_amount");
  const amount = given === "" ? milestone.amount : parseAmount(given);
  const dueAt = parseUsDate(parameters.get("due_date"));
  if (amount === undefined) return failed(400, "Invalid deposit_amount: a positive amount");
  if (dueAt === undefined) return failed(400, "Invalid due_date: mm-dd-yyyy");
  world.hiring.milestones.change(milestone, {
    description: parameters.get("milestone_description") || milestone.description,
    amount,
    dueAt: dueAt || milestone.dueAt,
  });
  return answered({ milestone: milestoneShape(milestone) });
}

function activate(call: Call, milestone: Milestone, contract: Contract): Result {
  if (milestone.state !== "not-funded") return failed(400, `The milestone is ${milestone.state}, not not-funded`);
  if (milestonesOf(call, contract).some(({ state }) => state === "active" || state === "submitted")) {
    return failed(400, "Another milestone of the contract is active");
  }
  call.world.hiring.milestones.change(milestone, { state: "active" });
  return answered({ milestone: milestoneShape(milestone) });
}

function remove({ world }: Call, milestone: Milestone): Result {
  if (milestone.state === "paid" || milestone.state === "submitted") {
    return failed(400, `The milestone is ${milestone.state} and stays`);
  }
  world.hiring.milestones.change(milestone, { state: "deleted" });
  return answered({ message: "Milestone deleted" });
}

/** Pays a milestone, and a bonus with it; less than was agreed needs a reason. */
function pay({ world, parameters, now }: Call, milestone: Milestone, submission: Submission | undefined): Result {
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

function handIn(call: Call): Result {
  const { parameters } = call;
  const missing = missingParameter(parameters, ["milestone_id", "note2client", "amount"]);
  if (missing !== undefined) return missing;
  return about(call, parameters.get("milestone_id"), freelancerSide, ({ world, now }, milestone) => {
    if (milestone.state !== "active") return failed(400, `The milestone is ${milestone.state}, not active`);
    const amount = parseAmount(parameters.get("amount"));
    if (amount === undefined) return failed(400, "Invalid amount: a positive amount");
    const { submissions, milestones } = world.hiring;
    const submission = submissions.add({
      reference: submissions.nextReference(),
      milestoneReference: milestone.reference,
      note: parameters.get("note2client"),
      amount,
      status: "pending",
      answer: "",
      createdAt: now,
    });
    milestones.change(milestone, { state: "submitted" });
    return answered({ submission: submissionShape(submission) });
  });
}

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

function submissionShape({ reference, milestoneReference, note, amount, status, answer, createdAt }: Submission) {
  return {
    reference,
    milestone_reference: milestoneReference,
    note2client: note,
    note2contractor: answer,
    amount: money(amount),
    status,
    created_time: stamp(createdAt),
  };
}
