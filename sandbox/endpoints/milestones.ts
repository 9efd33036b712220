import type { Contract, Milestone } from "../world/hiring.ts";
import type { Call, Endpoint } from "./endpoint.ts";
import { milestoneShape } from "./milestone-shape.ts";
import { clientSide, eitherSide, onContract, onMilestone, sidesOf } from "./parties.ts";
import { payMilestone } from "./pay-milestone.ts";
import { answered, failed, forbidden, missingParameter, notFound, type Result } from "./results.ts";
import { parseAmount, parseUsDate } from "./shapes.ts";

/** Milestones of fixed-price contracts: hr/v3/fp/milestones. */
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
    answer: onMilestone(clientSide, (call, milestone) => payMilestone(call, milestone)),
  },
  {
    method: "DELETE",
    path: "/api/hr/v3/fp/milestones/{milestone}",
    permission: "offersWrite",
    shape: "guess",
    answer: onMilestone(clientSide, remove),
  },
] as const satisfies readonly Endpoint[];

const milestonesOf = ({ world }: Pick<Call, "world">, { reference }: Contract) =>
  world.hiring.milestones.rows.filter((row) => row.contractReference === reference && row.state !== "deleted");

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
