import type { Milestone, Submission } from "../world/hiring.ts";
import type { Call, Endpoint } from "./endpoint.ts";
import { aboutMilestone, clientSide, eitherSide, freelancerSide, onMilestone } from "./parties.ts";
import { payMilestone } from "./pay-milestone.ts";
import { answered, failed, missingParameter, notFound, type Result } from "./results.ts";
import { listed, money, parseAmount, stamp } from "./shapes.ts";

/** Work handed in for milestones: hr/v3/fp/submissions. */
export const submissionEndpoints = [
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
  { method: "POST", path: "/api/hr/v3/fp/submissions", permission: "contractsRead", shape: "guess", answer: handIn },
  {
    method: "PUT",
    path: "/api/hr/v3/fp/submissions/{submission}/approve",
    permission: "payments",
    shape: "guess",
    answer: onSubmission((call, submission, milestone) => {
      const missing = missingParameter(call.parameters, ["amount"]);
      return missing ?? payMilestone(call, milestone, submission);
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

function onSubmission(answer: (call: Call, submission: Submission, milestone: Milestone) => Result) {
  return (call: Call): Result => {
    const submission = call.world.hiring.submissions.get(call.segment("submission"));
    if (submission === undefined) return notFound;
    return aboutMilestone(call, submission.milestoneReference, clientSide, (_call, milestone) =>
      submission.status === "pending"
        ? answer(call, submission, milestone)
        : failed(400, `The submission is ${submission.status} already`),
    );
  };
}

function handIn(call: Call): Result {
  const { parameters } = call;
  const missing = missingParameter(parameters, ["milestone_id", "note2client", "amount"]);
  if (missing !== undefined) return missing;
  return aboutMilestone(call, parameters.get("milestone_id"), freelancerSide, ({ world, now }, milestone) => {
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
